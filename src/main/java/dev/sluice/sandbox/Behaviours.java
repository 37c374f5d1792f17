package dev.sluice.sandbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which model behaves how. A model that the sandbox has a behaviour for behaves so whatever the faults say; with any
 * other name the faults have their turn, and else it answers.
 *
 * <p>Remembers how often {@code sandbox-flaky} met a prompt, for the last {@value #REMEMBERED_PROMPTS} prompts.
 * Thread-safe.
 */
final class Behaviours {
    private static final String PREFIX = "sandbox-";
    private static final int REMEMBERED_PROMPTS = 100_000;
    private static final Behaviour.Failure FLAKY_SECOND =
            new Behaviour.Failure(Behaviour.RATE_LIMITED.error(), Map.of("Retry-After", "0", "retry-after-ms", "50"));
    private static final Duration SLOW_LATENCY = Duration.ofSeconds(2);
    private static final Duration SLOW_CHUNK_DELAY = Duration.ofMillis(200);

    private final Map<Long, Integer> flakyCalls = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > REMEMBERED_PROMPTS;
        }
    };

    /** The names that {@code GET /v1/models} lists. */
    static List<String> models() {
        List<String> models = new ArrayList<>(List.of("gpt-4o-mini"));
        for (String name : List.of("echo", "long", "slow", "flaky")) {
            models.add(PREFIX + name);
        }
        Behaviour.FAILING.keySet().forEach(name -> models.add(PREFIX + name));
        return models;
    }

    /** What this call comes to: by the name of its model, else by the faults, else a plain answer. */
    Behaviour choose(ChatRequest request, Faults faults, long seed, long number) {
        Behaviour named = named(request);
        return named != null ? named : faults.meet(seed, number, Behaviour.Answer.PLAIN);
    }

    static Pace pace(ChatRequest request, SandboxConfig config) {
        return request.model().equals(PREFIX + "slow")
                ? new Pace(SLOW_LATENCY, SLOW_CHUNK_DELAY)
                : new Pace(config.latency(), config.chunkDelay());
    }

    synchronized void reset() {
        flakyCalls.clear();
    }

    private @Nullable Behaviour named(ChatRequest request) {
        if (!request.model().startsWith(PREFIX)) {
            return null;
        }
        String name = request.model().substring(PREFIX.length());
        return switch (name) {
            case "echo" -> Behaviour.Answer.ECHO;
            case "long" -> Behaviour.Answer.LONG;
            case "slow" -> Behaviour.Answer.PLAIN;
            case "flaky" -> flaky(request.prompt());
            default -> Behaviour.failing(name);
        };
    }

    private synchronized Behaviour flaky(String prompt) {
        return switch (flakyCalls.merge(Mix.of(prompt), 1, (seen, one) -> Math.min(3, seen + one))) {
            case 1 -> Behaviour.OVERLOADED;
            case 2 -> FLAKY_SECOND;
            default -> Behaviour.Answer.PLAIN;
        };
    }

    /**
     * How fast an answer comes.
     *
     * @param latency until it begins
     * @param chunkDelay between two chunks of a stream
     */
    record Pace(Duration latency, Duration chunkDelay) {}
}
