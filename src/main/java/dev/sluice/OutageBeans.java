package dev.sluice;

import dev.sluice.admit.RedisLink;
import dev.sluice.admit.WaitTimer;
import dev.sluice.call.Outage;
import dev.sluice.call.PauseWhileDown;
import dev.sluice.call.RedisTurns;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.jspecify.annotations.Nullable;

/** What notices that the upstream is down for everybody, and pauses the intakes. */
final class OutageBeans {
    private final Outage outage;
    private final PauseWhileDown pause;

    private OutageBeans(Outage outage, PauseWhileDown pause) {
        this.outage = outage;
        this.pause = pause;
    }

    /**
     * @param redis that the nodes share; null if there is none
     * @param upstream that they all call
     * @param timer of its own: pausing a consumer may take a moment
     */
    static OutageBeans of(
            Settings settings,
            @Nullable RedisLink redis,
            String upstream,
            Clock clock,
            WaitTimer timer,
            MeterRegistry meters) {
        int firstWait = settings.integer("outage.first-wait-ms", 1, Integer.MAX_VALUE);
        Outage outage = new Outage(
                new Outage.Settings(
                        settings.integer("outage.after-failures", 0, 1_000_000),
                        settings.millis("outage.first-wait-ms", 1),
                        settings.millis("outage.max-wait-ms", firstWait)),
                redis == null ? Outage.Turns.ALWAYS : new RedisTurns(redis, upstream),
                clock);
        meters.gauge("sluice.upstream.down", outage, down -> down.isDown() ? 1 : 0);
        return new OutageBeans(outage, new PauseWhileDown(outage, timer, clock));
    }

    Outage outage() {
        return outage;
    }

    /** By their names in routes. */
    Map<String, Object> beans() {
        return Map.of(
                "upstreamBreaker", outage.breaker(),
                "outageGate", outage.gate(),
                "outageRefused", outage.refused(),
                "outagePassed", outage.passed(),
                "pauseWhileDown", pause);
    }

    /** Not ready while the intakes pause. */
    AbstractHealthCheck health() {
        return new AbstractHealthCheck("sluice", "upstream") {
            @Override
            public boolean isLiveness() {
                return false;
            }

            @Override
            protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
                if (outage.isDown()) {
                    builder.down().message("the upstream is down, intakes pause: " + outage.reason());
                } else {
                    builder.up();
                }
            }
        };
    }
}
