package dev.sluice.sandbox;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** One chat call from its body to its end: read, let in or refuse, choose what it comes to, play that. */
final class Engine {

    /** What the configuration means; replaced as a whole. */
    private record Setup(SandboxConfig config, Faults faults, RateLimits limits) {

        Map<String, String> limitHeaders() {
            return config.rateHeaders() ? limits.headers() : Map.of();
        }
    }

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final Ledger ledger;
    private final Behaviours behaviours = new Behaviours();
    private final AtomicLong calls = new AtomicLong();
    private volatile Setup setup;

    Engine(Vertx vertx, SandboxConfig config, LongSupplier nanos) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.ledger = new Ledger(nanos);
        this.setup = setup(config);
    }

    SandboxConfig config() {
        return setup.config;
    }

    Stats stats() {
        return ledger.stats();
    }

    List<Call> calls() {
        return ledger.calls();
    }

    String statsJson() {
        return Json.stats(ledger.stats(), setup.config.record());
    }

    /** Limits that are the same in both configurations stay as full as they are; others begin full. */
    synchronized void configure(SandboxConfig config) {
        Setup fresh = setup(config);
        setup = RateLimits.same(setup.config, config) ? new Setup(config, fresh.faults, setup.limits) : fresh;
    }

    /** As after a start: limits full, nothing counted, the faults from the first. */
    synchronized void reset() {
        setup = setup(setup.config);
        calls.set(0);
        behaviours.reset();
        ledger.reset();
    }

    void answer(HttpServerRequest http, Endpoint endpoint, byte[] body) {
        Setup now = setup;
        ChatRequest request;
        try {
            request = RequestReader.read(endpoint, body);
        } catch (InvalidRequestException invalid) {
            reject(http, invalid.error(), now.limitHeaders());
            return;
        }
        Behaviour.Failure refusal = now.limits.admit(request.model(), request.charge());
        if (refusal == null) {
            play(http, request, now);
        } else {
            ledger.refused(request, now.config.record());
            send(http, refusal.error(), merge(now.limitHeaders(), refusal.headers()));
        }
    }

    /** An answer to what is not even looked at. */
    void reject(HttpServerRequest http, ApiError error, Map<String, String> headers) {
        ledger.rejected(error.status(), setup.config.record());
        send(http, error, headers);
    }

    private void play(HttpServerRequest http, ChatRequest request, Setup now) {
        long seed = now.config.seed();
        long number = calls.getAndIncrement();
        String id = HexFormat.of().toHexDigits(Mix.of(~seed, number));
        Behaviour behaviour = behaviours.choose(request, now.faults, seed, number);
        boolean good = behaviour instanceof Behaviour.Answer;
        Ledger.Open open = ledger.begin(request, good, now.config.record());
        new Playback(vertx, http, script(behaviour, request, id, seed), Behaviours.pace(request, now.config), open)
                .start(merge(now.limitHeaders(), Map.of("x-request-id", "req_" + id)));
    }

    private static Script script(Behaviour behaviour, ChatRequest request, String id, long seed) {
        if (behaviour instanceof Behaviour.Failure failure) {
            return Script.error(failure.error(), failure.headers());
        }
        Behaviour.Answer kind = behaviour instanceof Behaviour.Answer answer ? answer : Behaviour.Answer.PLAIN;
        long created = System.currentTimeMillis() / 1000;
        Completion completion = Completion.of(kind, request, request.endpoint().id(id), created, seed);
        return behaviour instanceof Behaviour.Broken broken
                ? Script.broken(broken, completion, request)
                : Script.answer(completion, request);
    }

    private Setup setup(SandboxConfig config) {
        return new Setup(config, Faults.parse(config.faults()), new RateLimits(config, nanos));
    }

    private static void send(HttpServerRequest http, ApiError error, Map<String, String> headers) {
        Playback.write(http.response(), Script.error(error, headers), Map.of());
        http.response().end(Buffer.buffer(error.body()));
    }

    private static Map<String, String> merge(Map<String, String> one, Map<String, String> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        Map<String, String> both = new HashMap<>(one);
        both.putAll(other);
        return both;
    }
}
