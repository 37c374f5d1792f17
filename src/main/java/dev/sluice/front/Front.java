package dev.sluice.front;

import dev.sluice.intake.CancelledException;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;

/**
 * Sends requests through the routes: as many at once as there are places, the others in the order in which they came, and
 * none for longer than it wants to wait. Every request gets one answer or one failure. Thread-safe.
 */
final class Front {
    private static final long NO_TIMER = -1;

    private final InHand inHand;
    private final Duration maxWait;
    private final Executor executor;
    private final Vertx vertx;
    private final Clock clock;

    /**
     * @param maxWait the longest wait for a place
     * @param executor where the routes run, which may block
     */
    Front(InHand inHand, Duration maxWait, Executor executor, Vertx vertx, Clock clock) {
        this.inHand = inHand;
        this.maxWait = maxWait;
        this.executor = executor;
        this.vertx = vertx;
        this.clock = clock;
    }

    /** @param afterwards runs once, when the exchange is not used any more */
    void send(FrontCall call, Exchange exchange, AsyncProcessor route, Runnable afterwards) {
        AtomicLong timer = new AtomicLong(NO_TIMER);
        InHand.Waiting place = inHand.waiting(() -> {
            vertx.cancelTimer(timer.get());
            run(call, exchange, route, afterwards);
        });
        switch (inHand.enter(place)) {
            case TAKEN -> {}
            case NONE -> refuse(call, "too many requests wait (rest.max-waiting)", afterwards);
            case LATER -> await(place, call, timer, afterwards);
        }
    }

    /** Until it has a place, its time is over, or its client gives it up; nothing holds on to it after that. */
    private void await(InHand.Waiting place, FrontCall call, AtomicLong timer, Runnable afterwards) {
        timer.set(vertx.setTimer(
                Math.max(1, maxWait.toMillis()),
                late -> { // there is no timer of 0
                    if (place.giveUp()) {
                        refuse(
                                call,
                                "no place within %d ms (rest.max-wait-ms)".formatted(maxWait.toMillis()),
                                afterwards);
                    }
                }));
        if (!place.isWaiting()) { // it got one in between, and did not see the timer
            vertx.cancelTimer(timer.get());
        }
        call.cancellation().onCancel(() -> {
            if (place.giveUp()) {
                vertx.cancelTimer(timer.get());
                call.reply().failure(FrontError.of(new CancelledException(), call.id(), clock.instant()));
                afterwards.run();
            }
        });
    }

    private void refuse(FrontCall call, String why, Runnable afterwards) {
        call.reply().failure(FrontError.busy(why + "; send it again later", inHand.untilThereIsRoom()));
        afterwards.run();
    }

    private void run(FrontCall call, Exchange exchange, AsyncProcessor route, Runnable afterwards) {
        try {
            executor.execute(() -> {
                long begun = System.nanoTime();
                AsyncCallback ended = done -> {
                    inHand.leave(Duration.ofNanos(System.nanoTime() - begun));
                    if (exchange.getException() != null) {
                        SendFailure.tell(FrontCall.of(exchange), exchange.getException(), clock);
                    }
                    afterwards.run();
                };
                try {
                    route.process(exchange, ended);
                } catch (RuntimeException e) { // or its place would be lost for ever
                    exchange.setException(e);
                    ended.done(true);
                }
            });
        } catch (RejectedExecutionException e) {
            inHand.leave(Duration.ZERO);
            call.reply().failure(FrontError.STOPPING);
            afterwards.run();
        }
    }
}
