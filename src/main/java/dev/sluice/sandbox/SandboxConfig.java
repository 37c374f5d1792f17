package dev.sluice.sandbox;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the sandbox listens, how fast it answers, what it lets in and what goes wrong.
 *
 * <p>Every component is a property, whose name is given here; {@link #from} reads them, {@link #defaults()} and the
 * {@code with…} methods are for programs. A value out of range is an {@link IllegalArgumentException} that names the
 * property, the range and the value.
 *
 * @param host {@code sandbox.host}: address to listen on, default 127.0.0.1
 * @param port {@code sandbox.port}: 0 to 65535, default 0 = any free one
 * @param requestsPerMinute {@code sandbox.requests-per-minute}: 0 to 1,000,000,000, default 0 = no limit
 * @param tokensPerMinute {@code sandbox.tokens-per-minute}: 0 to 1,000,000,000, default 0 = no limit
 * @param burst {@code sandbox.burst-seconds}: how much of a limit may be used at once, as the time in which it refills;
 *     0 to 60 s, default 1 s, never less than one request
 * @param limitShape {@code sandbox.limit-shape}: how limits are counted, see {@link Quota.Shape}; default a bucket
 * @param latency {@code sandbox.latency-ms}: until a response, or its first chunk, begins; up to 10 minutes, default 50
 * @param chunkDelay {@code sandbox.chunk-delay-ms}: between two chunks of a stream; up to 1 minute, default 5
 * @param apiKey {@code sandbox.api-key}: the only bearer key that is let in, default empty = any or none
 * @param faults {@code sandbox.faults}: what goes wrong how often, see {@link Faults}; default empty = nothing
 * @param seed {@code sandbox.seed}: same seed, same order of faults, same texts; default 1
 * @param rateHeaders {@code sandbox.rate-headers}: whether answers carry {@code x-ratelimit-*}, default true
 * @param record {@code sandbox.record}: whether calls and prompts are remembered, default false
 */
public record SandboxConfig(
        String host,
        int port,
        long requestsPerMinute,
        long tokensPerMinute,
        Duration burst,
        Quota.Shape limitShape,
        Duration latency,
        Duration chunkDelay,
        String apiKey,
        String faults,
        long seed,
        boolean rateHeaders,
        boolean record) {

    static final long MAX_PER_MINUTE = 1_000_000_000;
    private static final Duration MAX_BURST = Duration.ofMinutes(1);
    private static final Duration MAX_LATENCY = Duration.ofMinutes(10);
    private static final Duration MAX_CHUNK_DELAY = Duration.ofMinutes(1);

    public SandboxConfig {
        if (host.isBlank()) {
            throw new IllegalArgumentException("sandbox.host must name an address, was empty");
        }
        requireRange("sandbox.port", port, 65_535);
        requireRange("sandbox.requests-per-minute", requestsPerMinute, MAX_PER_MINUTE);
        requireRange("sandbox.tokens-per-minute", tokensPerMinute, MAX_PER_MINUTE);
        requireRange("sandbox.burst-seconds", burst, MAX_BURST);
        requireRange("sandbox.latency-ms", latency, MAX_LATENCY);
        requireRange("sandbox.chunk-delay-ms", chunkDelay, MAX_CHUNK_DELAY);
        Objects.requireNonNull(apiKey, "apiKey");
        Faults.parse(faults);
    }

    /** Listens on a free port of 127.0.0.1, answers after 50 ms, knows no limits and no faults. */
    public static SandboxConfig defaults() {
        return from(key -> null);
    }

    /**
     * Reads the properties above.
     *
     * @param properties the value of a property; null or blank stands for the default
     */
    public static SandboxConfig from(Function<String, @Nullable String> properties) {
        Settings settings = new Settings(properties);
        return new SandboxConfig(
                settings.text("sandbox.host", "127.0.0.1"),
                (int) settings.whole("sandbox.port", 0, 0, 65_535),
                settings.whole("sandbox.requests-per-minute", 0, 0, MAX_PER_MINUTE),
                settings.whole("sandbox.tokens-per-minute", 0, 0, MAX_PER_MINUTE),
                settings.seconds("sandbox.burst-seconds", Duration.ofSeconds(1), MAX_BURST),
                settings.choice("sandbox.limit-shape", Quota.Shape.BUCKET),
                Duration.ofMillis(settings.whole("sandbox.latency-ms", 50, 0, MAX_LATENCY.toMillis())),
                Duration.ofMillis(settings.whole("sandbox.chunk-delay-ms", 5, 0, MAX_CHUNK_DELAY.toMillis())),
                settings.text("sandbox.api-key", ""),
                settings.text("sandbox.faults", ""),
                settings.whole("sandbox.seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
                settings.flag("sandbox.rate-headers", true),
                settings.flag("sandbox.record", false));
    }

    public SandboxConfig withHost(String value) {
        return with(draft -> draft.host = value);
    }

    public SandboxConfig withPort(int value) {
        return with(draft -> draft.port = value);
    }

    public SandboxConfig withRequestsPerMinute(long value) {
        return with(draft -> draft.requestsPerMinute = value);
    }

    public SandboxConfig withTokensPerMinute(long value) {
        return with(draft -> draft.tokensPerMinute = value);
    }

    public SandboxConfig withBurst(Duration value) {
        return with(draft -> draft.burst = value);
    }

    public SandboxConfig withLimitShape(Quota.Shape value) {
        return with(draft -> draft.limitShape = value);
    }

    public SandboxConfig withLatency(Duration value) {
        return with(draft -> draft.latency = value);
    }

    public SandboxConfig withChunkDelay(Duration value) {
        return with(draft -> draft.chunkDelay = value);
    }

    public SandboxConfig withApiKey(String value) {
        return with(draft -> draft.apiKey = value);
    }

    public SandboxConfig withFaults(String value) {
        return with(draft -> draft.faults = value);
    }

    public SandboxConfig withSeed(long value) {
        return with(draft -> draft.seed = value);
    }

    public SandboxConfig withRateHeaders(boolean value) {
        return with(draft -> draft.rateHeaders = value);
    }

    public SandboxConfig withRecord(boolean value) {
        return with(draft -> draft.record = value);
    }

    /** Everything but the key. */
    @Override
    public String toString() {
        return ("SandboxConfig[host=%s, port=%d, requestsPerMinute=%d, tokensPerMinute=%d, burst=%s, limitShape=%s, latency=%s,"
                        + " chunkDelay=%s, apiKey=%s, faults=%s, seed=%d, rateHeaders=%s, record=%s]")
                .formatted(
                        host,
                        port,
                        requestsPerMinute,
                        tokensPerMinute,
                        burst,
                        limitShape,
                        latency,
                        chunkDelay,
                        apiKey.isEmpty() ? "none" : "set",
                        faults,
                        seed,
                        rateHeaders,
                        record);
    }

    private SandboxConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.finish();
    }

    private static void requireRange(String key, long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("%s must be from 0 to %d, was %d".formatted(key, max, value));
        }
    }

    private static void requireRange(String key, Duration value, Duration max) {
        if (value.isNegative() || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("%s must be from 0 to %s, was %s".formatted(key, max, value));
        }
    }

    /** The components, writable, so that each {@code with…} is one line. */
    private static final class Draft {
        private String host;
        private int port;
        private long requestsPerMinute;
        private long tokensPerMinute;
        private Duration burst;
        private Quota.Shape limitShape;
        private Duration latency;
        private Duration chunkDelay;
        private String apiKey;
        private String faults;
        private long seed;
        private boolean rateHeaders;
        private boolean record;

        Draft(SandboxConfig from) {
            host = from.host;
            port = from.port;
            requestsPerMinute = from.requestsPerMinute;
            tokensPerMinute = from.tokensPerMinute;
            burst = from.burst;
            limitShape = from.limitShape;
            latency = from.latency;
            chunkDelay = from.chunkDelay;
            apiKey = from.apiKey;
            faults = from.faults;
            seed = from.seed;
            rateHeaders = from.rateHeaders;
            record = from.record;
        }

        SandboxConfig finish() {
            return new SandboxConfig(
                    host,
                    port,
                    requestsPerMinute,
                    tokensPerMinute,
                    burst,
                    limitShape,
                    latency,
                    chunkDelay,
                    apiKey,
                    faults,
                    seed,
                    rateHeaders,
                    record);
        }
    }
}
