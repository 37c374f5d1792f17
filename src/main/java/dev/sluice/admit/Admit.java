package dev.sluice.admit;

import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Request;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
 * Sluice stops, whoever still waits fails with {@link StoppingException} and its slot is settled as not used; the same with
 * {@link CancelledException} when its client goes away.
 */
public final class Admit extends AsyncProcessorSupport {

    /** How long the attempt waited for its permit, in milliseconds. */
    public static final String WAIT_HEADER = "SluiceWaitMs";

    private static final int COUNTED_ON_THE_SPOT = 16 * 1024;

    private static final long SHORTEST_SLEEP = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long LONGEST_SLEEP = TimeUnit.SECONDS.toNanos(5);

    private final Limiter limiter;
    private final TokenEstimate estimate;
    private final String key;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Timer waits;
    private final AtomicInteger inFlight;
    private final LongSupplier nanos;
    private final Map<Exchange, Runnable> waiting = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    /**
     * @param key the limit that calls are charged to ({@code limit.key})
     * @param executor where exchanges go on; the calls that follow block its threads
     * @param inFlight counts the admitted attempts that are not settled yet
     */
    public Admit(
            Limiter limiter,
            TokenEstimate estimate,
            String key,
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
            String key,
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
        this.waits = Timer.builder("sluice.limiter.wait")
                .description("from asking for a permit until the attempt may start")
                .publishPercentileHistogram()
                .register(meters);
        meters.gaugeMapSize("sluice.limiter.waiting", Tags.empty(), waiting);
        this.inFlight = inFlight;
        this.nanos = nanos;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        if (Cancellation.isCancelled(exchange)) {
            executor.execute(() -> fail(exchange, new CancelledException(), callback));
            return false;
        }
        long asked = nanos.getAsLong();
        reservation(exchange).thenCompose(limiter::acquire).whenComplete((permit, failure) -> {
            if (failure == null) {
                waitForSlot(exchange, permit, asked, callback);
            } else {
                executor.execute(() -> fail(exchange, failure, callback));
            }
        });
        return false;
    }

    /** Lets go of every exchange that waits for its slot, and of those that come: Sluice stops. */
    public void stopWaiting() {
        stopping = true;
        waiting.values().forEach(executor::execute);
    }

    /** Small requests are counted on the spot; large ones elsewhere, so that they do not hold up who comes behind. */
    private CompletableFuture<Reservation> reservation(Exchange exchange) {
        try {
            Request request = Request.of(exchange);
            Supplier<Reservation> count = () -> estimate.reservation(key, request.json());
            return request.body().length <= COUNTED_ON_THE_SPOT
                    ? CompletableFuture.completedFuture(count.get())
                    : CompletableFuture.supplyAsync(count, executor);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void waitForSlot(Exchange exchange, Permit permit, long asked, AsyncCallback callback) {
        waiting.put(exchange, () -> giveUp(exchange, permit, callback));
        Cancellation cancellation = Cancellation.of(exchange);
        if (cancellation != null) {
            cancellation.onCancel(() -> executor.execute(() -> cancelled(exchange)));
        }
        if (stopping) {
            executor.execute(() -> giveUp(exchange, permit, callback));
        } else {
            sleep(exchange, permit, asked, callback);
        }
    }

    /** Half of the delay, at most for 5 s, then looks again whether the upstream has moved the slot. */
    private void sleep(Exchange exchange, Permit permit, long asked, AsyncCallback callback) {
        long delay = permit.delay().toNanos();
        if (delay <= 0) {
            executor.execute(() -> goOn(exchange, permit, asked, callback));
            return;
        }
        long leg = Math.min(delay, Math.min(LONGEST_SLEEP, Math.max(delay / 2, SHORTEST_SLEEP)));
        long due = nanos.getAsLong() + delay;
        timer.schedule(
                () -> {
                    if (waiting.containsKey(exchange)) {
                        Duration left = Duration.ofNanos(due - nanos.getAsLong());
                        limiter.renew(permit, left).thenAccept(renewed -> sleep(exchange, renewed, asked, callback));
                    }
                },
                leg,
                TimeUnit.NANOSECONDS);
    }

    private void goOn(Exchange exchange, Permit permit, long asked, AsyncCallback callback) {
        if (waiting.remove(exchange) == null) {
            return; // given up
        }
        long now = nanos.getAsLong();
        waits.record(now - asked, TimeUnit.NANOSECONDS);
        inFlight.incrementAndGet();
        int attempt = Request.attempts(exchange) + 1;
        exchange.setProperty(Request.ATTEMPT_HEADER, attempt);
        exchange.getMessage().setHeader(Request.ATTEMPT_HEADER, attempt);
        exchange.getMessage().setHeader(WAIT_HEADER, TimeUnit.NANOSECONDS.toMillis(now - asked));
        new Admission(permit, now).on(exchange);
        callback.done(false);
    }

    /** Its client has gone, perhaps when this attempt, or an earlier one, had long gone on. */
    private void cancelled(Exchange exchange) {
        Runnable giveUp = waiting.get(exchange);
        if (giveUp != null) {
            giveUp.run();
        }
    }

    private void giveUp(Exchange exchange, Permit permit, AsyncCallback callback) {
        if (waiting.remove(exchange) != null) {
            limiter.settle(permit, Settlement.of(Settlement.Outcome.IGNORED));
            boolean cancelled = Cancellation.isCancelled(exchange);
            fail(exchange, cancelled ? new CancelledException() : new StoppingException(), callback);
        }
    }

    private static void fail(Exchange exchange, @Nullable Throwable failure, AsyncCallback callback) {
        exchange.setException(
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure);
        callback.done(false);
    }
}
