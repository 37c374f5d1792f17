package dev.sluice.admit;

import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.Request;
import dev.sluice.intake.Sender;
import dev.sluice.intake.SluiceException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes a permit for one attempt: estimates its tokens, reserves a slot, and lets the exchange go on when the slot is
 * due. Nothing waits on a thread: neither for the limiter nor for the slot. Every attempt takes a permit of its own, a
 * retry too; {@link Settle} gives account of it.
 *
 * <p>Sets the headers {@code SluiceAttempt} and {@code SluiceWaitMs} (how long this attempt waited for its slot). When
 * Sluice stops, whoever still waits fails with {@link StoppingException}, and a slot that it had is settled as not used; the
 * same with {@link CancelledException} when its client goes away, and with {@link DeadlineException} when its turn will be, or
 * its slot is, later than its {@link Deadline}.
 */
public final class Admit extends AsyncProcessorSupport {

    /** How long the attempt waited for its permit, in milliseconds. */
    public static final String WAIT_HEADER = "SluiceWaitMs";

    private static final int COUNTED_ON_THE_SPOT = 16 * 1024;

    private final Limiter limiter;
    private final TokenEstimate estimate;
    private final Function<Exchange, String> key;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Timer waited;
    private final AtomicInteger inFlight;
    private final LongSupplier nanos;
    private final Map<Exchange, Waiting> waiting = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    /**
     * @param key the limit that a call is charged to, see {@link LimitKey}
     * @param executor where exchanges go on; the calls that follow block its threads
     * @param inFlight counts the admitted attempts that are not settled yet
     */
    public Admit(
            Limiter limiter,
            TokenEstimate estimate,
            Function<Exchange, String> key,
            Executor executor,
            ScheduledExecutorService timer,
            MeterRegistry meters,
            AtomicInteger inFlight) {
        this(limiter, estimate, key, executor, timer, meters, inFlight, System::nanoTime);
    }

    /** @param nanos the clock that waits are measured with */
    Admit(
            Limiter limiter,
            TokenEstimate estimate,
            Function<Exchange, String> key,
            Executor executor,
            ScheduledExecutorService timer,
            MeterRegistry meters,
            AtomicInteger inFlight,
            LongSupplier nanos) {
        this.limiter = limiter;
        this.estimate = estimate;
        this.key = key;
        this.executor = executor;
        this.timer = timer;
        this.waited = Timer.builder("sluice.limiter.wait")
                .description("from asking for a permit until the attempt may start")
                .publishPercentileHistogram()
                .register(meters);
        meters.gaugeMapSize("sluice.limiter.waiting", Tags.empty(), waiting);
        this.inFlight = inFlight;
        this.nanos = nanos;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        Waiting waits = new Waiting(exchange, callback, nanos.getAsLong());
        waiting.put(exchange, waits);
        if (stopping || Cancellation.isCancelled(exchange)) {
            executor.execute(() -> giveUp(waits));
            return false;
        }
        Cancellation cancellation = Cancellation.of(exchange);
        if (cancellation != null) {
            cancellation.onCancel(() -> executor.execute(() -> giveUp(waits)));
        }
        reservation(exchange).whenComplete((reservation, failure) -> {
            if (failure == null) {
                ask(waits, reservation);
            } else {
                executor.execute(() -> fail(waits, failure));
            }
        });
        return false;
    }

    /** Lets go of every exchange that waits for its slot, and of those that come: Sluice stops. */
    public void stopWaiting() {
        stopping = true;
        waiting.values().forEach(waits -> executor.execute(() -> giveUp(waits)));
    }

    /** Small requests are counted on the spot; large ones elsewhere, so that they do not hold up who comes behind. */
    private CompletableFuture<Reservation> reservation(Exchange exchange) {
        try {
            Request request = Request.of(exchange);
            String limit = key.apply(exchange);
            Sender sender = Sender.of(exchange);
            Supplier<Reservation> count =
                    () -> estimate.reservation(limit, request).by(sender);
            return request.body().length <= COUNTED_ON_THE_SPOT
                    ? CompletableFuture.completedFuture(count.get())
                    : CompletableFuture.supplyAsync(count, executor);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ask(Waiting waits, Reservation reservation) {
        SluiceException hopeless = tooLate(waits, limiter.expectedWait(reservation));
        if (hopeless != null) {
            executor.execute(() -> fail(waits, hopeless));
            return;
        }
        CompletableFuture<Permit> asked = limiter.acquire(reservation).toCompletableFuture();
        waits.asked = asked;
        waits.promptTokens = reservation.promptTokens();
        if (!waiting.containsKey(waits.exchange)) { // given up while its tokens were counted
            withdraw(asked);
            return;
        }
        untilTooLate(waits, reservation);
        asked.whenComplete((permit, failure) -> {
            if (failure == null) {
                sleep(waits, permit);
            } else if (!asked.isCancelled()) {
                executor.execute(() -> fail(waits, failure));
            }
        });
    }

    /** Ends the wait in the queue when it has taken all the time that there is. */
    private void untilTooLate(Waiting waits, Reservation reservation) {
        CompletableFuture<Permit> asked = waits.asked;
        if (asked == null || asked.isDone()) {
            return;
        }
        Patience.left(waits.exchange, waited(waits)).ifPresent(left -> {
            Future<?> look = timer.schedule(
                    () -> lookWhetherTooLate(waits, reservation), Math.max(1, left.toMillis()), TimeUnit.MILLISECONDS);
            asked.whenComplete((permit, failure) -> look.cancel(false));
        });
    }

    /** Not yet, if the clock that deadlines are told by was set back meanwhile. */
    private void lookWhetherTooLate(Waiting waits, Reservation reservation) {
        SluiceException late = tooLate(waits, limiter.expectedWait(reservation).plusMillis(1));
        if (late == null) {
            untilTooLate(waits, reservation);
        } else {
            executor.execute(() -> giveUp(waits, late));
        }
    }

    private @Nullable SluiceException tooLate(Waiting waits, Duration wait) {
        return Patience.forbids(waits.exchange, waited(waits), wait);
    }

    private Duration waited(Waiting waits) {
        return Duration.ofNanos(nanos.getAsLong() - waits.since);
    }

    /** Half of the delay, at most for 5 s, then looks again whether the upstream has moved the slot. */
    private void sleep(Waiting waits, Permit permit) {
        long delay = permit.delay().toNanos();
        SluiceException late = tooLate(waits, permit.delay());
        if (late != null) {
            executor.execute(() -> giveUp(waits, late));
            return;
        }
        if (delay <= 0) {
            executor.execute(() -> goOn(waits, permit));
            return;
        }
        long due = nanos.getAsLong() + delay;
        timer.schedule(
                () -> {
                    if (waiting.containsKey(waits.exchange)) {
                        Duration left = Duration.ofNanos(due - nanos.getAsLong());
                        limiter.renew(permit, left).thenAccept(renewed -> sleep(waits, renewed));
                    }
                },
                Legs.of(delay),
                TimeUnit.NANOSECONDS);
    }

    private void goOn(Waiting waits, Permit permit) {
        Exchange exchange = waits.exchange;
        if (!waiting.remove(exchange, waits)) {
            return; // given up
        }
        long now = nanos.getAsLong();
        waited.record(now - waits.since, TimeUnit.NANOSECONDS);
        inFlight.incrementAndGet();
        int attempt = Request.attempts(exchange) + 1;
        exchange.setProperty(Request.ATTEMPT_HEADER, attempt);
        exchange.getMessage().setHeader(Request.ATTEMPT_HEADER, attempt);
        exchange.getMessage().setHeader(WAIT_HEADER, TimeUnit.NANOSECONDS.toMillis(now - waits.since));
        new Admission(permit, waits.promptTokens, now).on(exchange);
        waits.callback.done(false);
    }

    /** Sluice stops, or its client has gone. */
    private void giveUp(Waiting waits) {
        giveUp(waits, Cancellation.isCancelled(waits.exchange) ? new CancelledException() : new StoppingException());
    }

    /** Ends a wait; nothing if it has ended long ago. */
    private void giveUp(Waiting waits, SluiceException why) {
        if (!waiting.remove(waits.exchange, waits)) {
            return;
        }
        CompletableFuture<Permit> asked = waits.asked;
        if (asked != null) {
            withdraw(asked);
        }
        end(waits, why);
    }

    /** What was asked for is not wanted any more. */
    private void withdraw(CompletableFuture<Permit> asked) {
        if (!asked.cancel(false) && !asked.isCompletedExceptionally()) {
            limiter.settle(asked.join(), Settlement.of(Settlement.Outcome.IGNORED));
        }
    }

    private void fail(Waiting waits, Throwable failure) {
        if (waiting.remove(waits.exchange, waits)) {
            end(waits, failure);
        }
    }

    private static void end(Waiting waits, Throwable failure) {
        Throwable cause = failure.getCause();
        waits.exchange.setException(failure instanceof CompletionException && cause != null ? cause : failure);
        waits.callback.done(false);
    }

    /** An exchange that waits; whoever takes it out of {@link #waiting} lets it go on, or ends it. */
    private static final class Waiting {
        final Exchange exchange;
        final AsyncCallback callback;
        final long since;
        volatile @Nullable CompletableFuture<Permit> asked;
        volatile long promptTokens;

        Waiting(Exchange exchange, AsyncCallback callback, long since) {
            this.exchange = exchange;
            this.callback = callback;
            this.since = since;
        }
    }
}
