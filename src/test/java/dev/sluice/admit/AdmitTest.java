package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.HandDrivenLimiter.Settled;
import dev.sluice.admit.Settlement.Outcome;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Checked;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Everything here runs on the thread of the test: what waits holds no other, because there is none. */
class AdmitTest {
    private static final TokenEstimate ESTIMATE = new TokenEstimate();

    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    private final CamelContext camel = new DefaultCamelContext();
    private final HandDrivenLimiter limiter = new HandDrivenLimiter();
    private final EmbeddedChannel time = new EmbeddedChannel();
    private final AtomicLong nanos = new AtomicLong(1_000_000_000);
    private final AtomicInteger inFlight = new AtomicInteger();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Settle settle = new Settle(limiter, meters, inFlight);
    private final List<Exchange> done = new ArrayList<>();
    private final Admit admit = new Admit(
            limiter, ESTIMATE, exchange -> "default", Runnable::run, time.eventLoop(), meters, inFlight, nanos::get);

    AdmitTest() {
        time.freezeTime();
    }

    @AfterEach
    void close() throws Exception {
        time.finishAndReleaseAll();
        camel.close();
    }

    @Test
    void anExchangeGoesOnExactlyWhenItsSlotIsDue() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ofMillis(1500));

        pass(Duration.ofMillis(1500).minusNanos(1));
        assertThat(done).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isNull();
    }

    @Test
    void anExchangeWhoseSlotIsMovedWaitsLonger() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ofMillis(1000));
        limiter.moves(Duration.ofMillis(700));
        pass(Duration.ofMillis(500));
        limiter.moves(Duration.ZERO);

        pass(Duration.ofMillis(1199));
        assertThat(done).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(done).containsExactly(exchange);
    }

    @Test
    void anExchangeThatHasLongToWaitLooksEveryFiveSeconds() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ofMinutes(10));
        limiter.moves(Duration.ofMinutes(-10));

        pass(Duration.ofSeconds(5));
        assertThat(done).containsExactly(exchange);
    }

    @Test
    void anExchangeThatWouldWaitBeyondItsDeadlineGoesBackUntilItsTurn() {
        Exchange exchange = Checked.exchange(camel, "a");
        bound(exchange, Duration.ofMillis(999));
        admit.process(exchange, sync -> done.add(exchange));
        limiter.gives("p1", Duration.ofMillis(1000));

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException())
                .isInstanceOfSatisfying(DeadlineException.class, failure -> assertThat(failure.retryAt())
                        .contains(NOW.plusMillis(1000)));
        assertThat(limiter.outcomes()).containsExactly(Outcome.IGNORED);
    }

    @Test
    void anExchangeThatWasCalledAndHasNoTimeLeftEnds() {
        Exchange exchange = Checked.exchange(camel, "a");
        bound(exchange, Duration.ofMillis(999));
        exchange.setProperty(Request.ATTEMPT_HEADER, 1);
        admit.process(exchange, sync -> done.add(exchange));
        limiter.gives("p1", Duration.ofMillis(1000));

        assertThat(exchange.getException())
                .isInstanceOfSatisfying(DeadlineException.class, failure -> assertThat(failure.retryAt())
                        .isEmpty())
                .hasMessageContaining("attempt 1 failed");
    }

    private static void bound(Exchange exchange, Duration time) {
        new Deadline(time, Clock.fixed(NOW, ZoneOffset.UTC)).process(exchange);
    }

    @Test
    void anExchangeWhoseSlotIsDueGoesOnAtOnce() {
        Exchange exchange = admit("a");
        assertThat(done).isEmpty();

        limiter.gives("p1", Duration.ZERO);

        assertThat(done).containsExactly(exchange);
    }

    @Test
    void exchangesGoOnInTheOrderOfTheirSlots() {
        Exchange first = admit("a");
        Exchange second = admit("b");
        limiter.gives("p1", Duration.ofMillis(200));
        limiter.gives("p2", Duration.ofMillis(100));

        pass(Duration.ofMillis(100));
        assertThat(done).containsExactly(second);
        pass(Duration.ofMillis(100));
        assertThat(done).containsExactly(second, first);
    }

    @Test
    void reservesWhatTheRequestIsEstimatedToCost() {
        String body =
                "{\"model\":\"gpt-4o\",\"n\":2,\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"one two three\"}]}";

        admit(body);

        assertThat(limiter.reservations()).singleElement().satisfies(reservation -> {
            assertThat(reservation.key()).isEqualTo("default");
            assertThat(reservation.promptTokens()).isBetween(3L, 20L);
            assertThat(reservation.completionTokens()).isEqualTo(100);
        });
    }

    @Test
    void aThousandExchangesWaitAndHoldNoThread() {
        int threads = Thread.activeCount();
        List<Exchange> exchanges =
                IntStream.range(0, 1000).mapToObj(i -> admit("prompt " + i)).toList();
        IntStream.range(0, 1000).forEach(i -> limiter.gives("p" + i, Duration.ofMinutes(1)));

        assertThat(done).isEmpty();
        assertThat(Thread.activeCount()).isLessThan(threads + 100);
        pass(Duration.ofMinutes(1));
        assertThat(done).containsExactlyInAnyOrderElementsOf(exchanges);
        assertThat(inFlight).hasValue(1000);
    }

    @Test
    void saysWhichAttemptItIsAndHowLongItWaitedForItsSlot() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ofMillis(1500));
        pass(Duration.ofMillis(1500));

        assertThat(exchange.getMessage().getHeader(Admit.WAIT_HEADER)).isEqualTo(1500L);
        assertThat(exchange.getMessage().getHeader(Request.ATTEMPT_HEADER)).isEqualTo(1);
        assertThat(meters.get("sluice.limiter.wait").timer().totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(1500);
    }

    @Test
    void countsTheAttemptsOfAnExchange() {
        Exchange exchange = Checked.exchange(camel, "a");
        for (int attempt = 1; attempt <= 3; attempt++) {
            process(exchange);
            limiter.gives("p" + attempt, Duration.ZERO);
            assertThat(exchange.getMessage().getHeader(Request.ATTEMPT_HEADER)).isEqualTo(attempt);
            exchange.getMessage().removeHeader(Request.ATTEMPT_HEADER); // as a redelivery does
            settle.process(exchange);
        }

        assertThat(limiter.settled()).extracting(Settled::permit).containsExactly("p1", "p2", "p3");
    }

    @Test
    void whoWaitsWhenSluiceStopsFailsAndItsSlotCountsAsNotUsed() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ofMillis(100));

        admit.stopWaiting();

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(StoppingException.class);
        settle.process(exchange);
        pass(Duration.ofMinutes(1));
        assertThat(done).hasSize(1);
        assertThat(limiter.settled()).containsExactly(new Settled("p1", Outcome.IGNORED));
        assertThat(Request.attempts(exchange)).isZero();
        assertThat(inFlight).hasValue(0);
    }

    @Test
    void whoHasNoSlotYetWhenSluiceStopsFailsAtOnceAndIsNotWaitedFor() {
        Exchange exchange = admit("a");

        admit.stopWaiting();

        assertThat(exchange.getException()).isInstanceOf(StoppingException.class);
        assertThat(done).containsExactly(exchange);
        assertThat(limiter.withdrawn()).isEqualTo(1);
    }

    @Test
    void whoComesAfterTheStopAsksForNothing() {
        admit.stopWaiting();

        Exchange exchange = admit("a");

        assertThat(exchange.getException()).isInstanceOf(StoppingException.class);
        assertThat(limiter.reservations()).isEmpty();
    }

    @Test
    void whoWentOnBeforeTheStopIsLeftAlone() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ZERO);

        admit.stopWaiting();

        assertThat(exchange.getException()).isNull();
        assertThat(done).containsExactly(exchange);
        assertThat(limiter.settled()).isEmpty();
    }

    @Test
    void whoseClientGoesAwayWhileItWaitsFailsAndItsSlotCountsAsNotUsed() {
        Cancellation cancellation = new Cancellation();
        Exchange exchange = admit("a", cancellation);
        limiter.gives("p1", Duration.ofMinutes(1));

        cancellation.cancel();
        cancellation.cancel();

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(CancelledException.class);
        pass(Duration.ofMinutes(1));
        assertThat(done).hasSize(1);
        assertThat(limiter.settled()).containsExactly(new Settled("p1", Outcome.IGNORED));
        assertThat(inFlight).hasValue(0);
    }

    @Test
    void whoseClientGoesAwayBeforeItHasASlotFailsAtOnceAndIsNotWaitedFor() {
        Cancellation cancellation = new Cancellation();
        Exchange exchange = admit("a", cancellation);

        cancellation.cancel();

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(CancelledException.class);
        assertThat(limiter.withdrawn()).isEqualTo(1);
    }

    @Test
    void whoseClientHasGoneBeforeItComesAsksForNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();

        Exchange exchange = admit("a", cancellation);

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(CancelledException.class);
        assertThat(limiter.reservations()).isEmpty();
    }

    @Test
    void aRetryWhoseClientGoesAwayGivesItsOwnPermitBack() {
        Cancellation cancellation = new Cancellation();
        Exchange exchange = admit("a", cancellation);
        limiter.gives("p1", Duration.ZERO);
        settle.process(exchange);
        process(exchange);
        limiter.gives("p2", Duration.ofMinutes(1));

        cancellation.cancel();

        assertThat(limiter.settled())
                .containsExactly(new Settled("p1", Outcome.FAILED), new Settled("p2", Outcome.IGNORED));
        assertThat(done).hasSize(2);
    }

    @Test
    void whoseDeadlinePassesInTheQueueFailsThenAndIsNotWaitedFor() {
        Exchange exchange = Checked.exchange(camel, "a");
        new Deadline(Duration.ofSeconds(30), clock()).process(exchange);
        process(exchange);

        pass(Duration.ofSeconds(30).minusNanos(1));
        assertThat(done).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(DeadlineException.class);
        assertThat(limiter.withdrawn()).isEqualTo(1);
    }

    @Test
    void whoseSlotIsLaterThanItsDeadlineFailsAtOnceAndItCountsAsNotUsed() {
        Exchange exchange = Checked.exchange(camel, "a");
        new Deadline(Duration.ofSeconds(30), clock()).process(exchange);
        process(exchange);

        limiter.gives("p1", Duration.ofSeconds(31));

        assertThat(exchange.getException()).isInstanceOf(DeadlineException.class);
        assertThat(limiter.settled()).containsExactly(new Settled("p1", Outcome.IGNORED));
    }

    @Test
    void whoWouldHaveToWaitBeyondItsDeadlineFailsAtOnceAndAsksForNothing() {
        Exchange exchange = Checked.exchange(camel, "a");
        new Deadline(Duration.ofSeconds(30), clock()).process(exchange);
        limiter.expects(Duration.ofSeconds(31));
        process(exchange);

        assertThat(exchange.getException()).isInstanceOf(DeadlineException.class);
        assertThat(limiter.reservations()).isEmpty();
    }

    @Test
    void aLimiterThatFailsFailsTheExchange() {
        RequestLargerThanLimitException failure = new RequestLargerThanLimitException(10, 5, "default");
        Exchange exchange = admit("a");

        limiter.fails(failure);

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isSameAs(failure);
        settle.process(exchange);
        assertThat(limiter.settled()).isEmpty();
        assertThat(inFlight).hasValue(0);
    }

    @Test
    void anExchangeWithoutARequestFailsAndAsksForNothing() {
        Exchange exchange = Checked.exchange(camel, "a");
        exchange.removeProperties("*");

        process(exchange);

        assertThat(done).containsExactly(exchange);
        assertThat(exchange.getException()).isInstanceOf(IllegalStateException.class);
        assertThat(limiter.reservations()).isEmpty();
    }

    @Test
    void aPermitIsSettledOnceWithWhatTheAttemptCameTo() {
        for (Outcome outcome : Outcome.values()) {
            Exchange exchange = admit(outcome.name());
            limiter.gives(outcome.name(), Duration.ZERO);
            Admission.endsAs(exchange, Settlement.of(outcome));

            settle.process(exchange);
            settle.process(exchange);
        }

        assertThat(limiter.settled())
                .containsExactly(
                        new Settled("SUCCEEDED", Outcome.SUCCEEDED),
                        new Settled("THROTTLED", Outcome.THROTTLED),
                        new Settled("FAILED", Outcome.FAILED),
                        new Settled("IGNORED", Outcome.IGNORED));
        assertThat(inFlight).hasValue(0);
    }

    @Test
    void anAttemptOfWhichNothingIsKnownHasFailed() {
        Exchange exchange = admit("a");
        limiter.gives("p1", Duration.ZERO);
        assertThat(inFlight).hasValue(1);

        settle.process(exchange);

        assertThat(limiter.settled()).containsExactly(new Settled("p1", Outcome.FAILED));
        assertThat(meters.get("sluice.calls").tag("outcome", "failed").timer().count())
                .isEqualTo(1);
    }

    private Exchange admit(String body, Cancellation cancellation) {
        Exchange exchange = Checked.exchange(camel, body);
        exchange.setProperty(IntakeProperties.CANCEL, cancellation);
        process(exchange);
        return exchange;
    }

    private Exchange admit(String body) {
        Exchange exchange = Checked.exchange(camel, body);
        process(exchange);
        return exchange;
    }

    private void process(Exchange exchange) {
        assertThat(admit.process(exchange, doneSync -> done.add(exchange))).isFalse();
    }

    /** A clock by the time of the test. */
    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.EPOCH.plusNanos(nanos.get());
            }
        };
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        time.advanceTimeBy(duration.toNanos(), TimeUnit.NANOSECONDS);
        time.runScheduledPendingTasks();
    }
}
