package dev.sluice.front;

import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;

/**
 * Sends requests through the routes: as many at once as there are places, the others in the order in which they came, and
 * none for longer than it wants to wait. Every request gets one answer or one failure. Thread-safe.
 */
final class Front {
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
        InHand.Waiting place = inHand.waiting(() -> run(call, exchange, route, afterwards));
        switch (inHand.enter(place)) {
            case TAKEN -> {}
            case NONE -> refuse(call, "too many requests wait (rest.max-waiting)", afterwards);
            case LATER -> {
                long timer = vertx.setTimer(maxWait.toMillis(), late -> {
                    if (place.giveUp()) {
                        refuse(
                                call,
                                "no place within %d ms (rest.max-wait-ms)".formatted(maxWait.toMillis()),
                                afterwards);
                    }
                });
                call.cancellation().onCancel(() -> {
                    vertx.cancelTimer(timer);
                    if (place.giveUp()) {
                        afterwards.run();
                    }
                });
            }
        }
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
            call.reply().failure(FrontError.unavailable("stopping", "Sluice is stopping"));
            afterwards.run();
        }
    }
}
