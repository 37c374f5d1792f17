package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.FallbackLimiter.Mode;
import dev.sluice.admit.FallbackLimiter.WithoutRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A Redis that is stopped, frozen and brought back under a limiter; "a second later" is when the test says so. */
@DisabledOnOs(OS.WINDOWS)
class FallbackLimiterTest {
    private static final Path FOLDER = Path.of("target/redis-fallback");
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Limit limit = Limit.perMinute("test-" + UUID.randomUUID(), 1, 60_000);
    private final Reservation call = new Reservation(limit.key(), 10, 0);
    private final Queue<Runnable> secondLater = new ConcurrentLinkedQueue<>();
    private final LogLines log = new LogLines(FallbackLimiter.class);
    private EmbeddedRedis redis = TestRedis.start(FOLDER);
    private final FallbackLimiter limiter = limiter(redis.url());

    @AfterEach
    void stopAll() {
        limiter.close();
        redis.close();
        log.close();
    }

    @Test
    void asksRedisWhileItAnswers() {
        assertThat(acquire().delay()).isZero();
        assertThat(limiter.mode()).isEqualTo(Mode.REDIS);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void admitsByItselfWhenRedisIsStopped() {
        acquire();
        redis.close();

        assertThat(limiter.acquire(call)).succeedsWithin(SOON);
        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
    }

    @Test
    void admitsByItselfWithinAQuarterOfASecondWhenRedisIsFrozen() throws Exception {
        acquire();
        freeze();

        assertThat(taken(this::acquire)).isBetween(Duration.ofMillis(200), Duration.ofSeconds(1));
        assertThat(taken(this::acquire)).isBetween(Duration.ofMillis(200), Duration.ofSeconds(1));
        assertThat(taken(this::acquire)).as("the third does not ask Redis").isLessThan(Duration.ofMillis(100));
        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
        thaw();
    }

    @Test
    void admitsAllByItselfWithinTwoAnswersWhenManyAskAFrozenRedis() throws Exception {
        acquire();
        freeze();

        assertThat(taken(() -> acquireAll(1_000))).isBetween(Duration.ofMillis(450), Duration.ofMillis(1_200));
        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
        thaw();
    }

    @Test
    void aSingleLateAnswerChangesNothingButIsAdmittedByItself() throws Exception {
        Permit shared = acquire();
        freeze();
        Permit late = acquire();
        thaw();

        assertThat(late.delay()).isGreaterThan(shared.delay().plus(Duration.ofSeconds(50)));
        assertThat(limiter.mode()).isEqualTo(Mode.REDIS);
        acquire();
        assertThat(limiter.mode()).isEqualTo(Mode.REDIS);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void lateAnswersThatAreNotInARowChangeNothing() throws Exception {
        for (int i = 0; i < 3; i++) {
            freeze();
            acquire();
            thaw();
            acquire();
        }

        assertThat(limiter.mode()).isEqualTo(Mode.REDIS);
    }

    @Test
    void letsEverybodyWaitUntilRedisIsBackIfItIsToldTo() {
        try (FallbackLimiter waits = limiter(limit, WithoutRedis.WAIT, 1)) {
            waits.acquire(call).toCompletableFuture().join();
            redis.close();
            CompletableFuture<Permit> first = waits.acquire(call).toCompletableFuture();
            await().atMost(SOON).until(() -> waits.mode() == Mode.LOCAL);
            CompletableFuture<Permit> second = waits.acquire(call).toCompletableFuture();
            assertThat(log.lines()).anyMatch(line -> line.contains("limiter mode=wait"));
            assertThat(first).isNotDone();
            assertThat(second).isNotDone();

            redis = restart(redis.port());
            await().atMost(SOON).until(() -> {
                aSecondPasses();
                return first.isDone() && second.isDone();
            });

            assertThat(first).isCompleted();
            assertThat(first.join().delay()).isNotEqualTo(second.join().delay());
        }
    }

    @Test
    void letsNobodyWaitForRedisOnceItIsClosed() {
        FallbackLimiter waits = limiter(limit, WithoutRedis.WAIT, 1);
        redis.close();
        waits.finish().join();

        assertThat(waits.acquire(call).toCompletableFuture())
                .failsWithin(SOON)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(RedisAwayException.class);
        waits.close();
    }

    @Test
    void takesOnlyThisNodesPartOfTheRateWhenItIsAlone() {
        try (FallbackLimiter one = limiter(Limit.perMinute(limit.key(), 60, 60_000), WithoutRedis.LOCAL, 4)) {
            one.acquire(call).toCompletableFuture().join();
            redis.close();

            Duration first = one.acquire(call).toCompletableFuture().join().delay();
            Duration second = one.acquire(call).toCompletableFuture().join().delay();

            assertThat(second.minus(first))
                    .as("one a second, a quarter of 0.8 of it")
                    .isCloseTo(Duration.ofSeconds(5), Duration.ofMillis(100));
            assertThat(log.lines()).anyMatch(line -> line.contains("share=0.2"));
        }
    }

    @Test
    void comesBackWhenRedisDoes() throws Exception {
        acquire();
        freeze();
        acquire();
        acquire();
        thaw();
        aSecondPasses();

        await().atMost(SOON).until(() -> limiter.mode() == Mode.REDIS);
    }

    @Test
    void keepsTryingWhileRedisIsAway() {
        redis.close();
        acquire();

        for (int i = 0; i < 3; i++) {
            await().atMost(SOON).until(() -> !secondLater.isEmpty());
            assertThat(secondLater).hasSize(1);
            aSecondPasses();
        }
        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
    }

    @Test
    void logsEachChangeOnceHoweverManyCallsSeeIt() {
        acquire();
        redis.close();
        acquireAll(64);
        comeBack();

        assertThat(log.lines()).hasSize(2);
        assertThat(log.lines().get(0))
                .startsWith("WARN limiter mode=local reason=\"")
                .contains("\" share=0.8");
        assertThat(log.lines().get(1)).startsWith("INFO limiter mode=redis");
    }

    @Test
    void givesNoSlotBeforeThoseThatRedisGave() {
        List<Permit> shared = IntStream.range(0, 5).mapToObj(i -> acquire()).toList();
        redis.close();

        assertThat(acquire().delay())
                .isGreaterThan(shared.get(4).delay().plus(Duration.ofSeconds(50)))
                .isLessThan(shared.get(4)
                        .delay()
                        .plus(Duration.ofMinutes(1).dividedBy(4).multipliedBy(5)));
    }

    @Test
    void givesNoBurstWhenItTurnsLocal() {
        redis.close();

        assertThat(acquire().delay()).isGreaterThan(Duration.ofSeconds(50));
    }

    @Test
    void anEmptyRedisGivesNoSlotBeforeThoseGivenWhileItWasAway() {
        redis.close();
        Permit local = acquire();
        comeBack();

        assertThat(acquire().delay()).isGreaterThan(local.delay().plus(Duration.ofSeconds(30)));
    }

    /** Whatever is asked while Redis takes over gets a slot after those given here until then, and none of its own. */
    @Test
    void givesNoSlotOfItsOwnWhileRedisTakesOver() throws Exception {
        Limit fast = Limit.perMinute("test-" + UUID.randomUUID(), 60_000, 60_000_000);
        Reservation quick = new Reservation(fast.key(), 1, 0);
        try (FallbackLimiter busy = new FallbackLimiter(
                fast, RedisLink.open(redis.url()), LocalLimiter.monotonicMicros(), secondLater::add)) {
            redis.close();
            busy.acquire(quick).toCompletableFuture().join();
            redis = restart(redis.port());
            List<CompletableFuture<Grant>> grants = new ArrayList<>();
            AtomicBoolean back = new AtomicBoolean();
            await().pollInterval(Duration.ofMillis(1)).atMost(SOON).until(() -> {
                aSecondPasses();
                for (int i = 0; i < 20; i++) {
                    grants.add(busy.acquire(quick)
                            .thenApply(permit -> new Grant(System.nanoTime() / 1_000 + Limit.micros(permit.delay())))
                            .toCompletableFuture());
                }
                return back.getAndSet(busy.mode() == Mode.REDIS);
            });
            Grants slots = new Grants();
            grants.forEach(grant -> slots.add(grant.join().slot, 1));

            slots.neverExceed(fast, 100_000);
        }
    }

    private record Grant(long slot) {}

    @Test
    void settlesAPermitWhereItWasTaken() {
        Permit shared = acquire();
        redis.close();
        Permit local = acquire();
        limiter.settle(shared, Settlement.of(Settlement.Outcome.IGNORED))
                .toCompletableFuture()
                .join();
        Permit afterShared = acquire();
        comeBack();
        Permit back = acquire();
        limiter.settle(local, Settlement.of(Settlement.Outcome.IGNORED))
                .toCompletableFuture()
                .join();

        assertThat(afterShared.delay().minus(local.delay())).isGreaterThan(Duration.ofSeconds(50));
        assertThat(acquire().delay().minus(back.delay())).isGreaterThan(Duration.ofSeconds(30));
    }

    @Test
    void refusesWhatIsLargerThanTheLimitWithoutBlamingRedis() {
        assertThat(limiter.acquire(new Reservation(limit.key(), 60_001, 0)))
                .failsWithin(SOON)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(RequestLargerThanLimitException.class);
        assertThat(limiter.mode()).isEqualTo(Mode.REDIS);
    }

    @Test
    void startsWithoutRedisAndFindsItLater() {
        int port = redis.port();
        redis.close();
        try (FallbackLimiter early = limiter("redis://127.0.0.1:" + port)) {
            early.acquire(call).toCompletableFuture().join();
            assertThat(early.mode()).isEqualTo(Mode.LOCAL);

            redis = restart(port);
            await().atMost(SOON).until(() -> {
                aSecondPasses();
                return early.mode() == Mode.REDIS;
            });
        }
    }

    @Test
    void keepsTheRateThatWasLearnedWhileRedisIsAwayAndBringsItBackToAnEmptyOne() {
        Permit refused = acquire();
        limiter.settle(refused, Settlement.throttled(Optional.empty()))
                .toCompletableFuture()
                .join();
        long learned = limiter.pace().speed();
        assertThat(learned).isLessThan(980_000);

        redis.close();
        acquire();
        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
        assertThat(limiter.pace().speed()).isCloseTo(learned, within(1_000L));

        comeBack();
        acquire();
        assertThat(limiter.pace().speed()).isCloseTo(learned, within(1_000L));
    }

    @Test
    void keepsACoolDownWhenRedisIsAway() {
        try (FallbackLimiter one = limiter(fast(), WithoutRedis.LOCAL, 1)) {
            Permit refused = one.acquire(call).toCompletableFuture().join();
            one.settle(refused, Settlement.throttled(Optional.of(Duration.ofMinutes(1))))
                    .toCompletableFuture()
                    .join();
            redis.close();

            assertThat(one.acquire(call).toCompletableFuture().join().delay())
                    .isBetween(Duration.ofSeconds(40), Duration.ofSeconds(62));
        }
    }

    @Test
    void keepsToWhatHeadersAllowWhenRedisIsAway() {
        try (FallbackLimiter one = limiter(fast(), WithoutRedis.LOCAL, 1)) {
            RateHints aTenth = new RateHints(OptionalLong.of(60), OptionalLong.empty(), Duration.ZERO);
            one.settle(
                            one.acquire(call).toCompletableFuture().join(),
                            Settlement.used(1).with(aTenth, Duration.ZERO))
                    .toCompletableFuture()
                    .join();
            redis.close();

            Duration first = one.acquire(call).toCompletableFuture().join().delay();
            Duration second = one.acquire(call).toCompletableFuture().join().delay();
            assertThat(second.minus(first))
                    .as("one a second, 0.8 of it")
                    .isCloseTo(Duration.ofMillis(1_263), Duration.ofMillis(500));
        }
    }

    private Limit fast() {
        return Limit.perMinute(limit.key(), 600, 60_000);
    }

    @Test
    void thoseWhoWaitForASlotOfRedisWaitForItWhenRedisIsAway() {
        acquire();
        Permit shared = acquire();
        redis.close();
        acquire();
        Permit renewed =
                limiter.renew(shared, Duration.ZERO).toCompletableFuture().join();

        assertThat(limiter.mode()).isEqualTo(Mode.LOCAL);
        assertThat(renewed.delay()).isBetween(Duration.ofSeconds(30), Duration.ofMinutes(1));
    }

    private FallbackLimiter limiter(String url) {
        return new FallbackLimiter(limit, RedisLink.open(url), LocalLimiter.monotonicMicros(), secondLater::add);
    }

    private FallbackLimiter limiter(Limit of, WithoutRedis without, long nodes) {
        return new FallbackLimiter(
                of,
                RedisLink.open(redis.url()),
                without,
                () -> nodes,
                LocalLimiter.monotonicMicros(),
                secondLater::add);
    }

    private Permit acquire() {
        return limiter.acquire(call).toCompletableFuture().join();
    }

    private void acquireAll(int callers) {
        CompletableFuture.allOf(IntStream.range(0, callers)
                        .mapToObj(i -> limiter.acquire(call).toCompletableFuture())
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private static Duration taken(Runnable what) {
        long start = System.nanoTime();
        what.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void comeBack() {
        redis = restart(redis.port());
        await().atMost(SOON).until(() -> {
            aSecondPasses();
            return limiter.mode() == Mode.REDIS;
        });
    }

    private void aSecondPasses() {
        Runnable next = secondLater.poll();
        if (next != null) {
            next.run();
        }
    }

    private static EmbeddedRedis restart(int port) {
        return EmbeddedRedis.start(FOLDER, port, reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
    }

    private void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    private void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", name, Long.toString(redis.pid())).start().waitFor();
    }
}
