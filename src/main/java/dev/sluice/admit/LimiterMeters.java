package dev.sluice.admit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/**
 * The metrics of the rate that a limit really has, as far as this node has heard, each with the name of the limit:
 * {@code sluice.limiter.requests.per.minute} and {@code sluice.limiter.tokens.per.minute} and
 * {@code sluice.limiter.cuts}.
 */
final class LimiterMeters {
    private LimiterMeters() {}

    static List<Meter> bind(MeterRegistry meters, Limit limit, PacedLimiter limiter) {
        return List.of(
                Gauge.builder("sluice.limiter.requests.per.minute", limiter, l -> l.pace()
                                .requestsPerMinute(limit))
                        .description("what the limit allows now")
                        .tag("limit", limit.key())
                        .register(meters),
                Gauge.builder("sluice.limiter.tokens.per.minute", limiter, l -> l.pace()
                                .tokensPerMinute(limit))
                        .description("what the limit allows now")
                        .tag("limit", limit.key())
                        .register(meters),
                FunctionCounter.builder(
                                "sluice.limiter.cuts", limiter, l -> l.pace().epoch())
                        .description("how often a refusal or a header has lowered the rate, on whatever node")
                        .tag("limit", limit.key())
                        .register(meters));
    }

    static Meter bind(MeterRegistry meters, Limit limit, InFlight inFlight) {
        return Gauge.builder("sluice.limiter.in.flight.most", inFlight, InFlight::most)
                .description("how many calls may be in flight now, over all nodes")
                .tag("limit", limit.key())
                .register(meters);
    }
}
