package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

class RateTest {
    private static final double FACTOR = 1.5;
    private static final long SECOND = 1_000_000;
    private final Rate atHalf = new Rate(500_000, Rate.DEPTH, 0, 0, 500_000);

    @Example
    void isTheConfiguredRateUntilTheFirstRefusal() {
        Rate rate = waited(Rate.CONFIGURED, 10_000, 3_600 * SECOND);

        assertThat(rate.speed(FACTOR)).isEqualTo(Rate.FULL);
    }

    @Example
    void regainsACutFastAtFirstThenSlowlyThenEverFaster() {
        assertThat(atHalf.speed(FACTOR)).isEqualTo(485_000);
        assertThat(waited(atHalf, 200, 15 * SECOND).speed(FACTOR)).isEqualTo(498_125);
        assertThat(waited(atHalf, 200, 30 * SECOND).speed(FACTOR)).isEqualTo(500_000);
        assertThat(waited(atHalf, 250, 37_500_000).speed(FACTOR)).isEqualTo(506_328);
        assertThat(waited(atHalf, 300, 45 * SECOND).speed(FACTOR)).isEqualTo(550_625);
        assertThat(waited(atHalf, 350, 52_500_000).speed(FACTOR)).isEqualTo(884_433);
        assertThat(waited(atHalf, 2_000, 300 * SECOND).speed(FACTOR)).isEqualTo(Rate.FULL);
    }

    @Example
    void waitsForEnoughCallsButNotForever() {
        assertThat(waited(atHalf, 20, 30 * SECOND).progress(FACTOR)).isCloseTo(0.1, within(1e-9));
        assertThat(waited(atHalf, 20, 300 * SECOND).progress(FACTOR)).isEqualTo(1);
        assertThat(waited(atHalf, 100_000, 3 * SECOND).progress(FACTOR)).isCloseTo(0.1, within(1e-9));
    }

    @Example
    void theFactorIsTheEagerness() {
        assertThat(waited(atHalf, 200, 15 * SECOND).speed(3)).isEqualTo(500_000);
        assertThat(waited(atHalf, 200, 15 * SECOND).speed(0)).isEqualTo(Rate.FULL);
    }

    @Example
    void someTimeAfterACutTheUpstreamAllowsWhatWasUsedLately() {
        Rate used = waited(atHalf, 300, 45 * SECOND).after(600 * SECOND, 330 * SECOND, 0);

        assertThat(used.cut(FACTOR, 1, 1).peak()).isEqualTo(550_000);
    }

    @Example
    void whatWasLetThroughSinceTheLastCutBoundsWhatWasUsedLately() {
        assertThat(usedLately(330_000).cut(FACTOR, 300, 1_000).peak())
                .as("a little more is a window")
                .isBetween(330_000L, 340_000L);
        assertThat(usedLately(360_000).cut(FACTOR, 300, 1_000).peak())
                .as("but not more than 15 %")
                .isBetween(345_000L, 350_000L);
        assertThat(usedLately(480_000).cut(FACTOR, 300, 1_000).peak())
                .as("much more is a limit that was raised")
                .isEqualTo(480_000);
    }

    @Example
    void ofARateThatHasMoreThanDoubledAThirdOfTheWayIsBelieved() {
        Rate low = new Rate(200_000, Rate.DEPTH, 60 * SECOND, 400, 300_000);

        assertThat(low.speed(FACTOR)).isEqualTo(848_000);
        assertThat(low.cut(FACTOR, 250, 1_000).peak()).isEqualTo(482_666);
    }

    @Example
    void soonAfterACutAFewRefusalsAreTakenForEchoesWhereCallsAreMany() {
        Rate rate = atHalf;
        for (int echo = 0; echo < 3; echo++) {
            assertThat(rate.echoes(FACTOR, 20_000)).isTrue();
            rate = rate.echoed();
        }

        assertThat(rate.peak()).isEqualTo(500_000);
        assertThat(rate.speed(FACTOR)).isEqualTo(470_000);
        assertThat(rate.echoes(FACTOR, 20_000)).as("the fourth").isFalse();
        assertThat(atHalf.echoes(FACTOR, 100_000)).as("calls are few").isFalse();
        assertThat(waited(atHalf, 60, 9 * SECOND).echoes(FACTOR, 20_000))
                .as("later")
                .isFalse();
        assertThat(Rate.CONFIGURED.echoes(FACTOR, 20_000)).as("never cut").isFalse();
        assertThat(Rate.CONFIGURED.cut(FACTOR, 60, 100).echoes(FACTOR, 20_000))
                .as("the first cut of all")
                .isFalse();
        assertThat(atHalf.cut(FACTOR, 60, 100).echoes(FACTOR, 20_000)).isTrue();
        assertThat(atHalf.cut(FACTOR, 0, 100).echoes(FACTOR, 20_000))
                .as("the limit has fallen")
                .isFalse();
    }

    @Example
    void aWindowHoldsCallsUpAndABucketDoesNot() {
        assertThat(atHalf.heldUp(FACTOR, 20, 100)).as("a gap of a minute ago").isTrue();
        assertThat(atHalf.heldUp(FACTOR, 48, 100)).as("what a bucket allows").isFalse();
        assertThat(atHalf.heldUp(FACTOR, 0, 0.1))
                .as("a single call says little")
                .isFalse();
    }

    private Rate usedLately(long usual) {
        Rate waited = waited(atHalf, 300, 45 * SECOND);
        return new Rate(waited.peak(), waited.depth(), waited.grown(), waited.calls(), usual);
    }

    @Example
    void soonAfterACutTheUpstreamAllowsLessByHalfOfTheWayToWhatItHasLetThroughSince() {
        assertThat(atHalf.cut(FACTOR, 0, 1).peak())
                .as("a single call says little")
                .isEqualTo(444_583);
        assertThat(atHalf.cut(FACTOR, 30, 100).peak()).isEqualTo(396_904);
        assertThat(atHalf.cut(FACTOR, 0, 100).peak()).as("half of the way").isEqualTo(254_047);
    }

    @Example
    void hasNoFirmLowerBound() {
        Rate rate = Rate.CONFIGURED;
        for (int i = 0; i < 20; i++) {
            rate = rate.cut(FACTOR, 0, 1_000);
        }

        assertThat(rate.speed(FACTOR)).isEqualTo(Rate.LEAST);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void noTimeOfWaitingLowersTheRate(
            @ForAll @LongRange(min = Rate.LEAST, max = Rate.FULL) long peak,
            @ForAll @LongRange(max = 1_000) long calls,
            @ForAll @LongRange(max = 600 * SECOND) long grown,
            @ForAll @LongRange(max = 60 * SECOND) long more,
            @ForAll @DoubleRange(min = 0.1, max = 10) double factor) {
        Rate rate = new Rate(peak, Rate.DEPTH, grown, calls, peak);

        assertThat(rate.after(more, more, more).called().speed(factor)).isBetween(rate.speed(factor), Rate.FULL);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void everyCutLowersTheRateButNotBelowItsBounds(
            @ForAll @LongRange(min = 2 * Rate.LEAST, max = Rate.FULL) long peak,
            @ForAll @LongRange(max = 600 * SECOND) long grown,
            @ForAll @LongRange(max = Rate.FULL) long usual,
            @ForAll @DoubleRange(max = 1_000) double passed,
            @ForAll @DoubleRange(max = 1_000) double expected) {
        Rate rate = new Rate(peak, Rate.DEPTH, grown, 300, usual);

        assertThat(rate.cut(FACTOR, passed, expected).speed(FACTOR))
                .isLessThan(rate.speed(FACTOR))
                .isGreaterThanOrEqualTo(Math.max(Rate.LEAST, (long) (rate.speed(FACTOR) * 0.46)));
    }

    private static Rate waited(Rate rate, int calls, long micros) {
        Rate waited = rate.after(micros, micros, micros);
        for (int i = 0; i < calls; i++) {
            waited = waited.called();
        }
        return waited;
    }
}
