package dev.sluice.admit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;

/**
 * The metrics of the rate that a limit really has, as far as this node has heard:
 * {@code sluice.limiter.requests.per.minute} and {@code sluice.limiter.tokens.per.minute} and
 * {@code sluice.limiter.cuts}.
 */
public final class LimiterMeters {
    private LimiterMeters() {}

    public static void bind(MeterRegistry meters, Limit limit, FallbackLimiter limiter) {
        bind(meters, limit, limiter, limiter::pace);
    }

    public static void bind(MeterRegistry meters, Limit limit, LocalLimiter limiter) {
        bind(meters, limit, limiter, limiter::pace);
    }

    private static void bind(MeterRegistry meters, Limit limit, Limiter limiter, Supplier<Pace> pace) {
        Gauge.builder("sluice.limiter.requests.per.minute", limiter, l -> pace.get()
                        .requestsPerMinute(limit))
                .description("what the limit allows now")
                .register(meters);
        Gauge.builder("sluice.limiter.tokens.per.minute", limiter, l -> pace.get()
                        .tokensPerMinute(limit))
                .description("what the limit allows now")
                .register(meters);
        FunctionCounter.builder("sluice.limiter.cuts", limiter, l -> pace.get().epoch())
                .description("how often a refusal or a header has lowered the rate, on whatever node")
                .register(meters);
    }
}
