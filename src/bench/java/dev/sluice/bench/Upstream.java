package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sandbox as a process of its own; docs/sandbox.md says what it does and counts. */
final class Upstream {
    private static final Pattern LISTENS = Pattern.compile("sandbox listens at (http://\\S+)");
    private static final Duration STARTS_WITHIN = Duration.ofSeconds(30);
    private static final int WARM_UP_CALLS = 3_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Child child;
    private final URI url;

    private Upstream(Child child, URI url) {
        this.child = child;
        this.url = url;
    }

    /** What the sandbox has counted since the last reset; times in milliseconds since 1970. */
    record Stats(
            long accepted,
            long refused,
            long tokens,
            long firstAcceptMs,
            long lastAcceptMs,
            long distinctPrompts,
            int maxInFlight) {

        private static Stats of(JsonNode json) {
            return new Stats(
                    json.path("accepted").asLong(),
                    json.path("refused").asLong(),
                    json.path("tokens").asLong(),
                    json.path("first_accept_ms").asLong(),
                    json.path("last_accept_ms").asLong(),
                    json.path("distinct_prompts").asLong(),
                    json.path("max_in_flight").asInt());
        }
    }

    /**
     * Starts a sandbox and lets it answer some calls, so that not the first contender alone meets a JVM that is not
     * compiled yet.
     *
     * @param requestsPerMinute its limit, kept strictly with a burst of one second; 0 for none
     */
    static Upstream start(Lab lab, Duration latency, int requestsPerMinute) throws IOException, InterruptedException {
        return start(lab, latency, requestsPerMinute, true);
    }

    /** @param rateHeaders whether it tells its limit */
    static Upstream start(Lab lab, Duration latency, int requestsPerMinute, boolean rateHeaders)
            throws IOException, InterruptedException {
        return start(
                lab,
                "latency-ms=" + latency.toMillis(),
                "requests-per-minute=" + requestsPerMinute,
                "burst-seconds=1",
                "rate-headers=" + rateHeaders);
    }

    /** @param settings see docs/sandbox.md */
    static Upstream start(Lab lab, String... settings) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("sandbox", "port=0", "record=true"));
        arguments.addAll(List.of(settings));
        Child child = lab.sluice("sandbox", lab.folder("sandbox"), Map.of(), arguments.toArray(new String[0]));
        Await.until("the sandbox to listen", STARTS_WITHIN, () -> find(child).find(), child);
        Matcher listens = find(child);
        if (!listens.find()) {
            throw new BenchException("the sandbox's log has changed while it was read");
        }
        Upstream upstream = new Upstream(child, URI.create(listens.group(1)));
        upstream.warmUp();
        upstream.reset();
        return upstream;
    }

    private static Matcher find(Child child) {
        return LISTENS.matcher(child.log());
    }

    Child child() {
        return child;
    }

    /** The base URL, ending in /v1. */
    URI url() {
        return url;
    }

    Stats stats() throws IOException {
        return Stats.of(JSON.readTree(Http.get(url.resolve("/sandbox/stats"))));
    }

    /** Counters to zero, limits full. */
    void reset() throws IOException {
        Http.post(url.resolve("/sandbox/reset"), "");
    }

    private void warmUp() throws IOException, InterruptedException {
        URI completions = URI.create(url + "/chat/completions");
        String body = "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Are you warm?\"}]}";
        ExecutorService callers = Executors.newFixedThreadPool(Contender.AT_ONCE);
        try {
            List<Future<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < WARM_UP_CALLS; i++) {
                calls.add(callers.submit(() -> Http.post(completions, body)));
            }
            for (Future<Integer> call : calls) {
                call.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("the sandbox does not answer: " + e.getCause(), e);
        } finally {
            callers.shutdownNow();
        }
    }
}
