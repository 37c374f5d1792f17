package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private final ManualClock clock = new ManualClock();

    @Test
    void letsTheBurstInAtOnceAndThenOneAtATime() {
        TokenBucket bucket = new TokenBucket(600, Duration.ofSeconds(1), clock);
        for (int i = 0; i < 10; i++) {
            assertThat(take(bucket, 1)).isTrue();
        }
        assertThat(bucket.delay(1)).isEqualTo(Duration.ofMillis(100));

        clock.advance(Duration.ofNanos(99_999_000));
        assertThat(take(bucket, 1)).isFalse();
        clock.advance(Duration.ofNanos(1_000));
        assertThat(take(bucket, 1)).isTrue();
        assertThat(take(bucket, 1)).isFalse();
    }

    @Test
    void holdsAtLeastOneRequestHoweverSmallTheBurst() {
        TokenBucket bucket = new TokenBucket(6, Duration.ZERO, clock);
        assertThat(take(bucket, 1)).isTrue();
        assertThat(bucket.delay(1)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void letsInWhatIsLargerThanTheBurstOnceItIsFullAndOwesTheRest() {
        TokenBucket bucket = new TokenBucket(6_000, Duration.ofSeconds(1), clock);
        assertThat(take(bucket, 600)).isTrue();
        assertThat(bucket.remaining()).isZero();
        assertThat(bucket.delay(1)).isEqualTo(Duration.ofMillis(5_010));
        assertThat(bucket.delay(600)).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void tellsWhatRemainsAndWhenItIsFull() {
        TokenBucket bucket = new TokenBucket(600, Duration.ofSeconds(6), clock);
        take(bucket, 20);
        assertThat(bucket.remaining()).isEqualTo(40);
        assertThat(bucket.reset()).isEqualTo(Duration.ofSeconds(2));
        clock.advance(Duration.ofHours(1000));
        assertThat(bucket.remaining()).isEqualTo(60);
        assertThat(bucket.reset()).isZero();
    }

    @Test
    void losesNothingByBeingAskedOften() {
        TokenBucket bucket = new TokenBucket(7, Duration.ZERO, clock);
        take(bucket, 1);
        Duration delay = bucket.delay(1);
        for (int i = 0; i < 1000; i++) {
            clock.advance(delay.dividedBy(1000));
            bucket.remaining();
        }
        clock.advance(Duration.ofNanos(2_000));
        assertThat(take(bucket, 1)).isTrue();
    }

    @Test
    void staysInRangeAtTheLargestLimit() {
        TokenBucket bucket = new TokenBucket(SandboxConfig.MAX_PER_MINUTE, Duration.ofMinutes(1), clock);
        assertThat(take(bucket, SandboxConfig.MAX_PER_MINUTE)).isTrue();
        assertThat(bucket.delay(SandboxConfig.MAX_PER_MINUTE)).isEqualTo(Duration.ofMinutes(1));
        clock.advance(Duration.ofDays(10_000));
        assertThat(bucket.remaining()).isEqualTo(SandboxConfig.MAX_PER_MINUTE);
    }

    /** Every stretch of time, from each call to each later one, keeps size + rate · time. */
    @Property
    void neverLetsMoreIntoAnyWindowThanItsSizeAndTheRateAllow(
            @ForAll @IntRange(min = 1, max = 100_000) int perMinute,
            @ForAll @LongRange(min = 0, max = 60_000) long burstMs,
            @ForAll @Size(min = 1, max = 120) List<@IntRange(max = 2_000_000) Integer> gapsMicros) {
        ManualClock time = new ManualClock();
        TokenBucket bucket = new TokenBucket(perMinute, Duration.ofMillis(burstMs), time);
        double size = Math.max(1, perMinute * burstMs / 60_000.0);
        List<Long> admitted = new ArrayList<>();
        for (int gap : gapsMicros) {
            time.advance(Duration.ofNanos(gap * 1000L));
            while (admitted.size() < 2_000 && take(bucket, 1)) {
                admitted.add(time.getAsLong());
            }
        }
        for (int from = 0; from < admitted.size(); from += 1 + admitted.size() / 100) {
            for (int to = from; to < admitted.size(); to++) {
                double minutes = (admitted.get(to) - admitted.get(from)) / 60e9;
                assertThat((double) (to - from + 1)).isLessThanOrEqualTo(size + perMinute * minutes + 1e-6);
            }
        }
    }

    /** The wait that it names is enough, and a microsecond less is not. */
    @Property
    void namesExactlyTheTimeToWait(
            @ForAll @IntRange(min = 1, max = 100_000) int perMinute,
            @ForAll @IntRange(min = 1, max = 500) int costPercent) {
        ManualClock time = new ManualClock();
        TokenBucket bucket = new TokenBucket(perMinute, Duration.ofSeconds(10), time);
        long cost = Math.max(1, Math.min(perMinute, perMinute * (long) costPercent / 500));
        while (take(bucket, cost)) {
            assertThat(bucket.remaining()).isGreaterThanOrEqualTo(0);
        }
        Duration delay = bucket.delay(cost);
        time.advance(delay.minusNanos(1_000));
        assertThat(take(bucket, cost)).isFalse();
        time.advance(Duration.ofNanos(1_000));
        assertThat(take(bucket, cost)).isTrue();
    }

    private static boolean take(TokenBucket bucket, long cost) {
        if (!bucket.delay(cost).isZero()) {
            return false;
        }
        bucket.drain(cost);
        return true;
    }
}
