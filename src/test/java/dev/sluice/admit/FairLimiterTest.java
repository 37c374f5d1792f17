package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.intake.Sender;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Queue and leases over the local limiter, in virtual time. */
class FairLimiterTest {
    private static final String KEY = "default";
    private static final Settlement DONE = Settlement.of(Settlement.Outcome.SUCCEEDED);

    private final AtomicLong nanos = new AtomicLong(1_000_000_000);
    private final EmbeddedChannel time = new EmbeddedChannel();
    private final List<Call> calls = new ArrayList<>();
    private NodePlaces places = new NodePlaces(100_000);

    /** A call that asked, and when it may start. */
    private static final class Call {
        final Sender sender;
        final long asked;
        long due = -1;
        CompletableFuture<Permit> permit = new CompletableFuture<>();

        Call(Sender sender, long asked) {
            this.sender = sender;
            this.asked = asked;
        }

        Duration waited() {
            return Duration.ofNanos(due - asked);
        }
    }

    FairLimiterTest() {
        time.freezeTime();
    }

    @AfterEach
    void close() {
        time.finishAndReleaseAll();
    }

    @Test
    void slotsAreThoseOfTheLimitWithoutAGap() {
        FairLimiter limiter = limiter(limit(6_000));
        ask(limiter, "a", 4, 1_000);
        pass(Duration.ofSeconds(9));

        assertThat(started()).isBetween(900L, 902L);
    }

    @Test
    void onlyAFewSlotsAreReservedAhead() {
        FairLimiter limiter = limiter(limit(6_000));
        ask(limiter, "a", 4, 1_000);
        for (int i = 0; i < 100; i++) {
            pass(Duration.ofMillis(7));
            long ahead = calls.stream().filter(call -> call.due > nanos.get()).count();
            assertThat(ahead).isLessThanOrEqualTo(26);
        }
    }

    @Test
    void anUrgentMessageWaitsForAFewSlotsBehindAMillionLines() {
        FairLimiter limiter = limiter(limit(6_000));
        ask(limiter, Sender.NOBODY, 1, 1_000_000);
        for (int i = 0; i < 50; i++) {
            pass(Duration.ofMillis(137));
            ask(limiter, Sender.NOBODY, 6, 1);
        }
        pass(Duration.ofSeconds(1));

        assertThat(of(6)).hasSize(50).allSatisfy(call -> assertThat(call.waited())
                .isLessThanOrEqualTo(Duration.ofMillis(280)));
    }

    @Test
    void anUrgentMessageWaitsForTwoSlotsAtMostWhereSlotsAreRare() {
        FairLimiter limiter = limiter(limit(60));
        ask(limiter, Sender.NOBODY, 1, 1_000);
        for (int i = 0; i < 20; i++) {
            pass(Duration.ofMillis(3_370));
            ask(limiter, Sender.NOBODY, 6, 1);
        }
        pass(Duration.ofSeconds(5));

        assertThat(of(6)).hasSize(20).allSatisfy(call -> assertThat(call.waited())
                .isLessThanOrEqualTo(Duration.ofMillis(2_200)));
    }

    @Test
    void tenantsShareByWeightAndLeaveNothingOver() {
        FairLimiter limiter = new FairLimiter(
                limit(6_000),
                new LocalLimiter(limit(6_000), 1, this::micros),
                tenant -> tenant.equals("gold") ? 3 : 1,
                places,
                time.eventLoop(),
                nanos::get);
        ask(limiter, "gold", 4, 1_000);
        ask(limiter, "free", 4, 1_000);
        pass(Duration.ofSeconds(10));
        Map<String, Long> got = calls.stream()
                .filter(call -> call.due >= 0 && call.due <= nanos.get())
                .collect(Collectors.groupingBy(call -> call.sender.tenant(), Collectors.counting()));
        assertThat(got.get("gold")).isBetween(730L, 770L);
        assertThat(got.get("free")).isBetween(235L, 265L);

        pass(Duration.ofSeconds(9));
        assertThat(started()).isBetween(1_900L, 1_902L);
    }

    @Test
    void nothingOfTheLimitIsLostWhenTimersAreLate() {
        FairLimiter limiter = limiter(limit(6_000));
        ask(limiter, "a", 4, 2_000);
        pass(Duration.ofSeconds(9), Duration.ofMillis(90));
        assertThat(started()).isGreaterThanOrEqualTo(895L);
    }

    @Test
    void whoGivesUpInTheQueueTakesNothing() {
        FairLimiter limiter = limiter(limit(60));
        ask(limiter, "a", 4, 3);
        List<Call> gone = List.copyOf(of(4)).subList(2, 3);
        gone.forEach(call -> call.permit.cancel(false));
        ask(limiter, "b", 4, 1);
        pass(Duration.ofSeconds(3));

        assertThat(calls.get(3).waited()).isLessThanOrEqualTo(Duration.ofSeconds(2));
        assertThat(gone.get(0).due).isEqualTo(-1);
    }

    @Test
    void aRequestLargerThanTheLimitFailsAtOnceHoweverManyWait() {
        Limit limit = Limit.perMinute(KEY, 60, 1_000);
        FairLimiter limiter = limiter(limit);
        ask(limiter, "a", 4, 100);

        assertThat(limiter.acquire(new Reservation(KEY, 1_001, 0)))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(RequestLargerThanLimitException.class);
    }

    @Test
    void noMoreCallsAreInFlightThanThereArePlaces() {
        places = new NodePlaces(3);
        FairLimiter limiter = limiter(limit(600_000));
        ask(limiter, "a", 4, 10);
        pass(Duration.ofSeconds(1));
        assertThat(started()).isEqualTo(3);

        settle(limiter, calls.get(0));
        settle(limiter, calls.get(0));
        pass(Duration.ofSeconds(1));
        assertThat(started()).isEqualTo(4);
    }

    @Test
    void aPlaceComesBackEvenIfTheSettlementIsNotUnderstood() {
        places = new NodePlaces(1);
        FairLimiter limiter = limiter(limit(600_000));
        ask(limiter, "a", 4, 2);
        pass(Duration.ofSeconds(1));
        Settlement absurd = Settlement.throttled(Optional.of(Duration.ofSeconds(Long.MAX_VALUE)));
        assertThatThrownBy(() -> limiter.settle(calls.get(0).permit.join(), absurd))
                .isInstanceOf(ArithmeticException.class);
        pass(Duration.ofSeconds(1));

        assertThat(started()).isEqualTo(2);
    }

    @Test
    void limitsTakePlacesInTurn() {
        places = new NodePlaces(1);
        FairLimiter one = limiter(limit(600_000));
        FairLimiter other = limiter(limit(600_000));
        ask(one, "one", 4, 10);
        ask(other, "other", 4, 10);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofMillis(10));
            Call started = calls.stream()
                    .filter(call -> call.due >= 0 && !call.permit.isCancelled())
                    .max((a, b) -> Long.compare(a.due, b.due))
                    .orElseThrow();
            order.add(started.sender.tenant());
            settle(started.sender.tenant().equals("one") ? one : other, started);
        }
        assertThat(order.stream().filter("other"::equals).count()).isBetween(4L, 6L);
    }

    @Test
    void slotsMoveWithACoolDownAndNobodyIsAskedToComeEarlier() {
        FairLimiter limiter = limiter(limit(6_000));
        ask(limiter, "a", 4, 1_000);
        pass(Duration.ofSeconds(1));
        int before = (int) calls.stream().filter(call -> call.due >= 0).count();
        limiter.settle(calls.get(0).permit.join(), Settlement.throttled(Optional.of(Duration.ofSeconds(30))));
        pass(Duration.ofSeconds(29));

        assertThat(calls.stream().filter(call -> call.due >= 0).count()).isLessThanOrEqualTo(before + 6L);
        pass(Duration.ofSeconds(3));
        assertThat(calls.stream().filter(call -> call.due >= 0).count()).isGreaterThan(before + 50L);
    }

    @Test
    void theWaitThatIsExpectedIsAboutTheOneThatComes() {
        FairLimiter limiter = limiter(limit(6_000));
        assertThat(limiter.expectedWait(new Reservation(KEY, 1, 1))).isZero();
        ask(limiter, "a", 1, 2_000);
        ask(limiter, "b", 4, 200);
        pass(Duration.ofSeconds(1));
        record Case(String tenant, int priority) {}
        for (Case like : List.of(new Case("a", 1), new Case("a", 6), new Case("b", 4), new Case("c", 0))) {
            Duration expected =
                    limiter.expectedWait(new Reservation(KEY, 1, 1, new Sender(like.tenant, like.priority)));
            ask(limiter, like.tenant, like.priority, 1);
            Call call = calls.get(calls.size() - 1);
            pass(expected.plusMillis(300));
            assertThat(call.due).as(like.toString()).isPositive();
            assertThat(call.waited())
                    .isGreaterThanOrEqualTo(
                            expected.multipliedBy(8).dividedBy(10).minusMillis(200));
        }
    }

    private FairLimiter limiter(Limit limit) {
        return new FairLimiter(
                limit, new LocalLimiter(limit, 1, this::micros), tenant -> 1, places, time.eventLoop(), nanos::get);
    }

    private static Limit limit(long requests) {
        return new Limit(KEY, requests, 100_000_000_000L, Duration.ZERO, true);
    }

    private void ask(FairLimiter limiter, String tenant, int priority, int count) {
        Sender sender = new Sender(tenant, priority);
        for (int i = 0; i < count; i++) {
            Call call = new Call(sender, nanos.get());
            calls.add(call);
            call.permit = limiter.acquire(new Reservation(KEY, 1, 1, sender));
            call.permit.thenAccept(
                    permit -> call.due = nanos.get() + permit.delay().toNanos());
        }
    }

    private List<Call> of(int priority) {
        return calls.stream().filter(call -> call.sender.priority() == priority).toList();
    }

    private static void settle(FairLimiter limiter, Call call) {
        limiter.settle(call.permit.join(), DONE);
    }

    private long started() {
        return calls.stream()
                .filter(call -> call.due >= 0 && call.due <= nanos.get())
                .count();
    }

    private long micros() {
        return nanos.get() / 1_000;
    }

    private void pass(Duration duration) {
        pass(duration, Duration.ofMillis(1));
    }

    /** @param step how late a timer may be */
    private void pass(Duration duration, Duration step) {
        for (long passed = 0; passed < duration.toNanos(); passed += step.toNanos()) {
            nanos.addAndGet(step.toNanos());
            time.advanceTimeBy(step.toNanos(), TimeUnit.NANOSECONDS);
            time.runScheduledPendingTasks();
        }
    }
}
