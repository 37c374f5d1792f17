package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.SimulatedUpstream.Kind;
import dev.sluice.admit.Simulation.Result;
import dev.sluice.admit.Simulation.RetryAfter;
import dev.sluice.admit.Simulation.Setting;
import dev.sluice.admit.Simulation.Step;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule of the limiter in virtual time: what it must use of a limit that it does not know, and at what price. */
class SimulationTest {
    private static final double PLENTY = 1e9;
    private static final List<Step> DOWN_AND_UP =
            List.of(new Step(0, 600, PLENTY), new Step(10, 300, PLENTY), new Step(20, 600, PLENTY));

    @ParameterizedTest(name = "{0}, Retry-After {1}")
    @CsvSource({
        "BUCKET_1S, NONE, 96, 0.23",
        "BUCKET_1S, EXACT, 96, 0.23",
        "BUCKET_10S, WHOLE_SECONDS, 96, 0.28",
        "BUCKET_60S, EXACT, 98, 0.22",
        "SLIDING_LOG, EXACT, 92, 0.35",
        "SLIDING_LOG, NONE, 92, 1",
        "MINUTE_WINDOW, EXACT, 94, 0.35",
    })
    void followsALimitThatStepsDownAndUp(Kind kind, RetryAfter retryAfter, double used, double refused) {
        Result result = Simulation.run(
                Setting.of(limit(600, 1.5), kind).with(DOWN_AND_UP).with(retryAfter, false));

        assertThat(result.used()).isGreaterThan(used);
        assertThat(result.refused()).isLessThan(refused);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void followsHeadersWithoutBeingRefused(Kind kind) {
        Result result = Simulation.run(Setting.of(limit(600, 1.5), kind)
                .with(List.of(new Step(0, 600, PLENTY), new Step(10, 300, PLENTY), new Step(20, 200, PLENTY)))
                .with(RetryAfter.EXACT, true));

        assertThat(result.used()).isGreaterThan(97);
        assertThat(result.refused()).isLessThan(0.2);
    }

    @Test
    void usesAKnownLimitWholly() {
        Result result = Simulation.run(Setting.of(limit(6_000, 1.5), Kind.BUCKET_1S)
                .with(List.of(new Step(0, 6_000, PLENTY)))
                .lasting(5, 0));

        assertThat(result.used()).isGreaterThan(99);
        assertThat(result.refused()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 20})
    void nodesLearnTogether(int nodes) {
        Result result = Simulation.run(Setting.of(limit(2_000, 1.5), Kind.BUCKET_1S)
                .with(List.of(new Step(0, 600, PLENTY)))
                .with(nodes)
                .lasting(15, 1));

        assertThat(result.used()).isGreaterThan(96);
        assertThat(result.refused()).isLessThan(0.5);
    }

    @Test
    void learnsATokenLimit() {
        Result result = Simulation.run(
                Setting.of(new Limit("x", 6_000, 600_000, Duration.ofMillis(250), true, 1.5), Kind.BUCKET_1S)
                        .with(List.of(new Step(0, 6_000, 300_000)))
                        .lasting(15, 1));

        assertThat(result.used()).isGreaterThan(93);
        assertThat(result.refused()).isLessThan(0.7);
    }

    @Test
    void findsALimitFarBelowTheConfiguredOne() {
        Result result = Simulation.run(Setting.of(limit(6_000, 1.5), Kind.BUCKET_10S)
                .with(List.of(new Step(0, 120, PLENTY)))
                .lasting(30, 5));

        assertThat(result.used()).isGreaterThan(93);
        assertThat(result.refused()).isLessThan(1);
    }

    @Test
    void aFixedLimitStaysWhatItIs() {
        Result result = Simulation.run(Setting.of(limit(600, 0), Kind.BUCKET_1S).with(DOWN_AND_UP));

        assertThat(result.refused()).isGreaterThan(10);
        assertThat(result.lastSpeed()).isEqualTo(1);
    }

    private static Limit limit(long requests, double factor) {
        return new Limit("x", requests, (long) PLENTY, Duration.ofMillis(250), true, factor);
    }
}
