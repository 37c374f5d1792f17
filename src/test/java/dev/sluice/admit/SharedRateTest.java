package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several nodes on one real Redis, and what one of them learns. */
class SharedRateTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Limit limit = new Limit("test-" + UUID.randomUUID(), 60, 60_000_000, Duration.ofSeconds(10), true);
    private final RedisLimiter one = node(limit, LocalLimiter.monotonicMicros());
    private final RedisLimiter other = node(limit, LocalLimiter.monotonicMicros());

    @Test
    void aRetryAfterHoldsTheOtherNodesToo() {
        refuse(one, acquire(one), Optional.of(MINUTE.dividedBy(2)));

        assertThat(acquire(other).delay()).isGreaterThan(Duration.ofSeconds(20));
    }

    @Test
    void aRetryAfterHoldsThoseWhoHaveTheirSlotAlready() {
        Permit due = acquire(other);
        assertThat(due.delay()).isZero();
        refuse(one, acquire(one), Optional.of(MINUTE.dividedBy(2)));
        acquire(other);

        assertThat(renew(other, due).delay()).isGreaterThan(Duration.ofSeconds(20));
    }

    @Test
    void aNodeThatHasHeardNothingForAWhileAsksBeforeItSends() {
        long[] passed = {0};
        RedisLimiter quiet = node(limit, () -> passed[0]);
        Permit due = acquire(quiet);
        refuse(one, acquire(one), Optional.of(MINUTE.dividedBy(2)));

        assertThat(renew(quiet, due).delay()).as("by what it heard just now").isZero();
        passed[0] += Limit.micros(RedisLimiter.FRESH) + 1;
        assertThat(renew(quiet, due).delay()).isGreaterThan(Duration.ofSeconds(20));
    }

    @Test
    void aBurstOfRefusalsOnAllNodesCutsTheRateOnce() {
        List<Permit> permits =
                IntStream.range(0, 10).mapToObj(i -> acquire(one)).toList();
        permits.forEach(permit -> refuse(one, permit, Optional.empty()));
        acquire(other);

        assertThat(other.pace().epoch()).isEqualTo(1);
        assertThat(other.pace().speed()).isBetween(800_000L, 970_000L);
    }

    @Test
    void aRefusalThatIsSettledTwiceCutsOnceEvenIfItIsToldAnew() {
        Permit permit = acquire(one);
        refuse(one, permit, Optional.empty());
        Permit told = renew(one, permit);
        refuse(one, told, Optional.empty());

        assertThat(one.pace().epoch()).isEqualTo(1);
    }

    @Test
    void theClockOfANodeDoesNotMatter() {
        LongSupplier hoursAhead = () -> System.nanoTime() / 1_000 + 7_200_000_000L;
        RedisLimiter skewed = node(limit, hoursAhead);
        List<Permit> permits = IntStream.range(0, 20)
                .mapToObj(i -> acquire(i % 2 == 0 ? one : skewed))
                .toList();

        for (int i = 1; i < permits.size(); i++) {
            assertThat(permits.get(i).slot())
                    .isGreaterThanOrEqualTo(permits.get(i - 1).slot());
        }
        assertThat(permits.get(19).delay()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    @Test
    void headersOfOneNodeHoldForAll() {
        Permit permit = acquire(one);
        RateHints half = new RateHints(OptionalLong.of(30), OptionalLong.empty(), Duration.ZERO);
        one.settle(permit, Settlement.used(1).with(half, Duration.ZERO))
                .toCompletableFuture()
                .join();
        acquire(other);

        assertThat(other.pace().requestsPerMinute(limit)).isBetween(29.6, 29.8);
        assertThat(other.pace().tokensPerMinute(limit)).isEqualTo(60_000_000);
    }

    @Test
    void headersThatAreKnownGoWithTheNextAcquire() {
        RedisLimiter node =
                new RedisLimiter(limit, TestRedis.link(), away -> {}, never -> {}, LocalLimiter.monotonicMicros());
        List<Permit> permits = List.of(acquire(node), acquire(node));
        Settlement half = Settlement.used(1)
                .with(new RateHints(OptionalLong.of(30), OptionalLong.empty(), Duration.ZERO), Duration.ZERO);

        assertThat(node.settle(permits.get(0), half)).as("news").succeedsWithin(Duration.ofSeconds(5));
        CompletableFuture<Void> known = node.settle(permits.get(1), half).toCompletableFuture();
        assertThat(known).isNotDone();
        acquire(node);
        assertThat(known).isDone();
    }

    @Test
    void aFixedLimitIgnoresAllButTheWait() {
        Limit fixed = new Limit("test-" + UUID.randomUUID(), 60, 60_000, Duration.ofSeconds(10), true, 0);
        RedisLimiter node = node(fixed, LocalLimiter.monotonicMicros());
        RateHints half = new RateHints(OptionalLong.of(30), OptionalLong.empty(), Duration.ZERO);
        node.settle(acquire(node), Settlement.throttled(Optional.of(MINUTE)).with(half, Duration.ZERO))
                .toCompletableFuture()
                .join();

        assertThat(node.pace().requestsPerMinute(fixed)).isEqualTo(60);
        assertThat(acquire(node).delay()).isGreaterThan(Duration.ofSeconds(50));
    }

    private static RedisLimiter node(Limit limit, LongSupplier clock) {
        return new RedisLimiter(limit, TestRedis.link(), away -> {}, task -> CompletableFuture.runAsync(task), clock);
    }

    private static Permit acquire(RedisLimiter node) {
        return node.acquire(new Reservation(node.key(), 1, 0))
                .toCompletableFuture()
                .join();
    }

    private static Permit renew(RedisLimiter node, Permit permit) {
        return node.renew(permit, Duration.ZERO).toCompletableFuture().join();
    }

    private static void refuse(RedisLimiter node, Permit permit, Optional<Duration> retryAfter) {
        node.settle(permit, Settlement.throttled(retryAfter))
                .toCompletableFuture()
                .join();
    }
}
