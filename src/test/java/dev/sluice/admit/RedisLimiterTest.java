package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class RedisLimiterTest extends LimiterContract {
    private final Limit limit = Limit.perMinute("test-" + UUID.randomUUID(), 1, 60_000);
    private final Reservation call = new Reservation(limit.key(), 10, 0);

    @Override
    Limiter limiter(Limit limit) {
        return new RedisLimiter(limit, TestRedis.link());
    }

    @Override
    void release(Limiter limiter) {
        // the link is everybody's; keys expire
    }

    @Test
    void nodesShareOneLimit() {
        acquire(new RedisLimiter(limit, TestRedis.link()));

        assertThat(acquire(new RedisLimiter(limit, TestRedis.link())).delay()).isPositive();
    }

    @Test
    void keepsLimitsWithDifferentKeysApart() {
        acquire(new RedisLimiter(limit, TestRedis.link()));
        Limit other = Limit.perMinute(limit.key() + "-other", 1, 60_000);

        assertThat(new RedisLimiter(other, TestRedis.link())
                        .acquire(new Reservation(other.key(), 10, 0))
                        .toCompletableFuture()
                        .join()
                        .delay())
                .isZero();
    }

    @Test
    void goesOnAfterRedisForgotItsScripts() {
        RedisLimiter limiter = new RedisLimiter(limit, TestRedis.link());
        for (int i = 0; i < 20; i++) {
            TestRedis.flushScripts();
            Permit permit = acquire(limiter);
            TestRedis.flushScripts();
            assertThat(limiter.settle(permit, Settlement.used(1))).succeedsWithin(Duration.ofSeconds(5));
        }

        assertThat(acquire(limiter).delay()).isGreaterThan(Duration.ofMinutes(19));
    }

    @Test
    void keepsItsKeysUnderOneHashTagAndLetsThemExpire() {
        RedisLimiter limiter = new RedisLimiter(limit, TestRedis.link());
        Permit permit = acquire(limiter);
        limiter.settle(permit, Settlement.used(1)).toCompletableFuture().join();

        assertThat(TestRedis.keys().getKeysByPattern("sluice:{" + limit.key() + "}:*"))
                .containsExactlyInAnyOrder(
                        "sluice:{" + limit.key() + "}:limit", "sluice:{" + limit.key() + "}:settled:" + permit.id())
                .allSatisfy(key ->
                        assertThat(TestRedis.keys().remainTimeToLive(key)).isPositive());
    }

    @Test
    void settlesTogetherWithWhatGoesNext() {
        RedisLimiter limiter =
                new RedisLimiter(limit, TestRedis.link(), away -> {}, whenever -> {}, LocalLimiter.monotonicMicros());
        List<Permit> permits = List.of(acquire(limiter), acquire(limiter), acquire(limiter));
        long before = TestRedis.scriptCalls();
        permits.forEach(permit -> limiter.settle(permit, Settlement.of(Settlement.Outcome.IGNORED)));
        permits.forEach(permit -> limiter.settle(permit, Settlement.of(Settlement.Outcome.IGNORED)));

        assertThat(acquire(limiter).delay()).as("not after the last slot").isLessThan(Duration.ofMinutes(2));
        assertThat(TestRedis.scriptCalls() - before).isEqualTo(1);
    }

    @Test
    void settlesSoonWhenNothingElseGoes() {
        RedisLimiter limiter = new RedisLimiter(limit, TestRedis.link());

        assertThat(limiter.settle(acquire(limiter), Settlement.used(1))).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    void sendsTheSettlementsThatWaitBeforeItCloses() {
        RedisLink link = RedisLink.open(TestRedis.url());
        RedisLimiter limiter = new RedisLimiter(limit, link, away -> {}, never -> {}, LocalLimiter.monotonicMicros());
        Permit permit = acquire(limiter);
        CompletionStage<Void> settled = limiter.settle(permit, Settlement.used(1));
        limiter.close();

        assertThat(settled).succeedsWithin(Duration.ofSeconds(5)); // its last steps may come after Redis took it
        assertThat(TestRedis.get(DecideCall.markKey(limit, permit.id()))).isEqualTo("1");
    }

    @Test
    void failsWhenRedisIsNotThereAndSaysWhy() {
        try (RedisLink link = RedisLink.open("redis://127.0.0.1:1")) {
            assertThat(new RedisLimiter(limit, link).acquire(call))
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOf(RedisAwayException.class)
                    .withMessageContaining("Connection refused");
        }
    }

    @Test
    void failsWithAWrongPasswordAndDoesNotShowIt() {
        String url = TestRedis.url().replace("redis://", "redis://nobody:secret@");
        try (RedisLink link = RedisLink.open(url)) {
            assertThat(new RedisLimiter(limit, link).acquire(call))
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOf(RedisAwayException.class)
                    .withMessageContaining("WRONGPASS")
                    .withMessageNotContaining("secret");
        }
    }

    @Test
    void losesASettlementQuietlyWhenRedisIsNotThere() {
        try (RedisLink link = RedisLink.open("redis://127.0.0.1:1")) {
            assertThat(new RedisLimiter(limit, link)
                            .settle(new Permit("id", limit.key(), 10, Duration.ZERO), Settlement.used(1)))
                    .succeedsWithin(Duration.ofSeconds(5));
        }
    }

    private Permit acquire(RedisLimiter limiter) {
        return limiter.acquire(call).toCompletableFuture().join();
    }
}
