package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.Settlement.Outcome;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Limiter} does. The rates are so slow that a test sees which slot it got, whatever its own pace: at
 * one request a minute the second slot is a minute away, give or take what the test itself takes.
 */
abstract class LimiterContract {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration TEST_TAKES = Duration.ofSeconds(20);

    private final String key = "test-" + UUID.randomUUID();
    private Limiter limiter = limiter(Limit.perMinute(key, 1, 60_000));

    /** A new limiter of which nothing was taken. */
    abstract Limiter limiter(Limit limit);

    /** Frees what {@link #limiter} took. */
    abstract void release(Limiter limiter);

    @AfterEach
    void release() {
        release(limiter);
    }

    @Test
    void admitsTheFirstCallAtOnce() {
        assertThat(acquire(100).delay()).isZero();
    }

    @Test
    void reservesTheNextSlotForTheNextCall() {
        acquire(0);

        assertThat(acquire(0).delay()).satisfies(about(MINUTE));
        assertThat(acquire(0).delay()).satisfies(about(MINUTE.multipliedBy(2)));
    }

    @Test
    void reservesTokensAhead() {
        use(Limit.perMinute(key, 60_000, 1_000));
        acquire(1_000);

        assertThat(acquire(1_000).delay()).satisfies(about(MINUTE));
    }

    @Test
    void admitsTheBurstAtOnce() {
        use(new Limit(key, 3, 1_000_000, MINUTE, true));

        assertThat(acquire(0).delay()).isZero();
        assertThat(acquire(0).delay()).isZero();
        assertThat(acquire(0).delay()).isZero();
        assertThat(acquire(0).delay()).satisfies(about(MINUTE.dividedBy(3)));
    }

    @Test
    void cutsACompletionThatDoesNotFitToTheLimit() {
        Permit permit = get(new Reservation(key, 20_000, 1_000_000));

        assertThat(permit.tokens()).isEqualTo(60_000);
        assertThat(permit.key()).isEqualTo(key);
    }

    @Test
    void failsARequestLargerThanTheLimitAtOnceAndTakesNothingForIt() {
        assertThat(limiter.acquire(new Reservation(key, 60_001, 0)))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(RequestLargerThanLimitException.class)
                .withMessageContaining("60001");
        assertThat(acquire(60_000).delay()).isZero();
    }

    @Test
    void refusesAnotherLimitsKey() {
        assertThat(limiter.acquire(new Reservation("other", 1, 0)))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givesUnusedTokensBack() {
        use(Limit.perMinute(key, 60_000, 60_000));
        settle(acquire(60_000), Settlement.used(0));

        assertThat(acquire(1_000).delay()).isLessThan(TEST_TAKES);
    }

    @Test
    void keepsUnusedTokensIfSoConfigured() {
        use(new Limit(key, 60_000, 60_000, Limit.DEFAULT_BURST, false));
        settle(acquire(60_000), Settlement.used(0));

        assertThat(acquire(1_000).delay()).satisfies(about(MINUTE));
    }

    @Test
    void chargesTokensBeyondTheReservation() {
        use(Limit.perMinute(key, 60_000, 60_000));
        settle(acquire(0), Settlement.used(120_000));

        assertThat(acquire(1_000).delay()).satisfies(about(MINUTE.multipliedBy(2)));
    }

    @Test
    void keepsTheEstimateWhenTheUsageIsUnknown() {
        use(Limit.perMinute(key, 60_000, 60_000));
        settle(acquire(60_000), Settlement.of(Outcome.FAILED));

        assertThat(acquire(1_000).delay()).satisfies(about(MINUTE));
    }

    @Test
    void givesACallThatNeverLeftBackWhole() {
        settle(acquire(60_000), Settlement.of(Outcome.IGNORED));

        assertThat(acquire(60_000).delay()).isLessThan(TEST_TAKES);
    }

    @Test
    void settlesAPermitOnlyOnce() {
        use(Limit.perMinute(key, 60_000, 60_000));
        Permit first = acquire(60_000);
        acquire(60_000);
        settle(first, Settlement.used(0));
        settle(first, Settlement.used(0));
        settle(first, Settlement.of(Outcome.IGNORED));

        assertThat(acquire(1_000).delay()).satisfies(about(MINUTE));
    }

    @Test
    void namesEveryPermitDifferently() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ids.add(acquire(0).id());
        }

        assertThat(ids).hasSize(100);
    }

    @Test
    void neverExceedsTheLimitHoweverManyCall() throws InterruptedException {
        Limit limit = new Limit(key, 12_000, 1_200_000, Duration.ofMillis(500), true);
        use(limit);
        acquire(0);
        Grants grants = new Grants();
        AtomicLong slowest = new AtomicLong();
        ExecutorService callers = Executors.newFixedThreadPool(64);
        for (int caller = 0; caller < 64; caller++) {
            int tokens = caller * 7;
            callers.execute(() -> {
                for (int i = 0; i < 20; i++) {
                    long asked = System.nanoTime();
                    Permit permit = acquire(tokens);
                    long known = System.nanoTime();
                    grants.add((known + permit.delay().toNanos()) / 1_000, tokens);
                    slowest.accumulateAndGet((known - asked) / 1_000, Math::max);
                }
            });
        }
        callers.shutdown();

        assertThat(callers.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        assertThat(grants.size()).isEqualTo(64 * 20);
        grants.neverExceed(limit, slowest.get() + 1);
    }

    private void use(Limit limit) {
        release(limiter);
        limiter = limiter(limit);
    }

    private Permit acquire(long tokens) {
        return get(new Reservation(key, 0, tokens));
    }

    private Permit get(Reservation reservation) {
        return limiter.acquire(reservation).toCompletableFuture().join();
    }

    private void settle(Permit permit, Settlement settlement) {
        limiter.settle(permit, settlement).toCompletableFuture().join();
    }

    private static Consumer<Duration> about(Duration expected) {
        return actual -> assertThat(actual).isBetween(expected.minus(TEST_TAKES), expected);
    }
}
