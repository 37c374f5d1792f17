package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.SimulatedUpstream.Kind;
import dev.sluice.admit.Simulation.Charge;
import dev.sluice.admit.Simulation.Demand;
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
    private static final Step[] DOWN_AND_UP = {
        new Step(0, 600, PLENTY), new Step(10, 300, PLENTY), new Step(20, 600, PLENTY)
    };

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
                .with(new Step(0, 600, PLENTY), new Step(10, 300, PLENTY), new Step(20, 200, PLENTY))
                .with(RetryAfter.EXACT, true));

        assertThat(result.used()).isGreaterThan(97);
        assertThat(result.refused()).isLessThan(0.2);
    }

    @Test
    void usesAKnownLimitWholly() {
        Result result = Simulation.run(Setting.of(limit(6_000, 1.5), Kind.BUCKET_1S)
                .with(new Step(0, 6_000, PLENTY))
                .lasting(5, 0));

        assertThat(result.used()).isGreaterThan(99);
        assertThat(result.refused()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 20})
    void nodesLearnTogether(int nodes) {
        Result result = Simulation.run(Setting.of(limit(2_000, 1.5), Kind.BUCKET_1S)
                .with(new Step(0, 600, PLENTY))
                .with(nodes)
                .lasting(15, 1));

        assertThat(result.used()).isGreaterThan(96);
        assertThat(result.refused()).isLessThan(0.5);
    }

    @Test
    void learnsATokenLimit() {
        Result result = Simulation.run(
                Setting.of(new Limit("x", 6_000, 600_000, Duration.ofMillis(250), true, 1.5), Kind.BUCKET_1S)
                        .with(new Step(0, 6_000, 300_000))
                        .lasting(15, 1));

        assertThat(result.used()).isGreaterThan(93);
        assertThat(result.refused()).isLessThan(0.7);
    }

    @Test
    void findsALimitFarBelowTheConfiguredOne() {
        Result result = Simulation.run(Setting.of(limit(6_000, 1.5), Kind.BUCKET_10S)
                .with(new Step(0, 120, PLENTY))
                .lasting(30, 5));

        assertThat(result.used()).isGreaterThan(93);
        assertThat(result.refused()).isLessThan(1);
    }

    @ParameterizedTest(name = "{0} requests a minute on {1}: more than {2} % used, less than {3} % refused")
    @CsvSource({
        "600;60;600, BUCKET_1S, 60, 0.3",
        "600;60;600, SLIDING_LOG, 70, 0.3",
        "6000;600;6000, BUCKET_10S, 94, 0.1",
        "6000;600;6000, MINUTE_WINDOW, 90, 0.1",
        "1000;200;500;1200, BUCKET_1S, 92, 0.4",
        "1000;200;500;1200, SLIDING_LOG, 86, 0.5",
    })
    void followsALimitThatFallsFarAndComesBack(String limits, Kind kind, double used, double refused) {
        String[] steps = limits.split(";");
        Step[] schedule = new Step[steps.length];
        long configured = 0;
        for (int i = 0; i < steps.length; i++) {
            schedule[i] = new Step(30.0 * i / steps.length, Integer.parseInt(steps[i]), PLENTY);
            configured = Math.max(configured, Long.parseLong(steps[i]));
        }
        Result result = Simulation.run(Setting.of(limit(configured, 1.5), kind).with(schedule));

        assertThat(result.used()).isGreaterThan(used);
        assertThat(result.refused()).isLessThan(refused);
    }

    @ParameterizedTest(name = "3000, 1500, 3000 requests a minute where 6000 are configured, {0}")
    @CsvSource({
        "BUCKET_1S, 97, 0.2",
        "BUCKET_10S, 98, 0.25",
        "BUCKET_60S, 100, 0.25",
        "SLIDING_LOG, 92, 0.6",
        "MINUTE_WINDOW, 96, 0.4"
    })
    void findsALimitThatComesBackWhereMoreIsConfigured(Kind kind, double used, double refused) {
        Result result = Simulation.run(Setting.of(limit(6_000, 1.5), kind)
                .with(new Step(0, 3_000, PLENTY), new Step(10, 1_500, PLENTY), new Step(20, 3_000, PLENTY)));

        assertThat(result.used()).isGreaterThan(used);
        assertThat(result.refused()).isLessThan(refused);
    }

    @ParameterizedTest(name = "60 requests a minute where {1} are configured, {0}")
    @CsvSource({"BUCKET_1S, 120, 85", "BUCKET_10S, 120, 97", "SLIDING_LOG, 600, 90", "MINUTE_WINDOW, 120, 95"})
    void isNotStuckAtALimitOfOneRequestASecond(Kind kind, long configured, double used) {
        Result result = Simulation.run(Setting.of(limit(configured, 1.5), kind).with(new Step(0, 60, PLENTY)));

        assertThat(result.used()).isGreaterThan(used);
        assertThat(result.refused()).as("18 calls of 1,800").isLessThan(1.6);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void burstsOfArrivalsAndLongIdleTimesAreNoReasonToBeRefused(Kind kind) {
        Setting half = Setting.of(limit(1_200, 1.5), kind).with(new Step(0, 600, PLENTY));
        for (Setting setting : List.of(
                half.with(new Demand(0, 400, 300)),
                half.with(new Demand(0, 900, 1), new Demand(10, 0, 1), new Demand(20, 900, 1)))) {
            Result result = Simulation.run(setting);

            assertThat(result.used()).isGreaterThan(88);
            assertThat(result.refused()).isLessThan(0.9);
        }
    }

    @Test
    void usesATokenLimitWhoseUnusedTokensAreKept() {
        Limit kept = new Limit("x", 6_000, 600_000, Duration.ofMillis(250), false);
        Result result = Simulation.run(Setting.of(kept, Kind.BUCKET_1S)
                .with(new Step(0, 6_000, 300_000))
                .with(Charge.KEPT, 2)
                .lasting(15, 1));

        assertThat(result.used()).isGreaterThan(93);
        assertThat(result.refused()).isLessThan(0.7);
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
