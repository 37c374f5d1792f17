package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.Cancellation;
import io.vertx.core.Vertx;
import java.lang.ref.WeakReference;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.DefaultExchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests that wait for a place. */
class FrontWaitTest {
    private final Vertx vertx = Vertx.vertx();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final WaitTimer timer = new WaitTimer("minutes");
    private final InHand inHand = new InHand(1, 10);
    private final Front front = front(Duration.ofMinutes(10));

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        timer.shutdownNow();
    }

    /** A route that ends when it is told to. */
    private static final class Held extends AsyncProcessorSupport {
        private final CompletableFuture<AsyncCallback> begun = new CompletableFuture<>();

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            begun.complete(callback);
            return false;
        }
    }

    private static final class AnswersAtOnce extends AsyncProcessorSupport {
        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            callback.done(true);
            return true;
        }
    }

    @Test
    void nothingHoldsOnToARequestThatHadToWaitOnceItIsAnswered() {
        Held first = new Held();
        front.send(call(), new DefaultExchange(camel), first, () -> {});
        WeakReference<Exchange> waited = sendOneThatWaits();

        first.begun.join().done(false);

        assertThat(inHand.working()).isZero();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            return waited.get() == null;
        });
    }

    @Test
    void whereNobodyMayWaitWhoFindsNoPlaceIsRefusedAndNeverBegins() {
        Front impatient = front(Duration.ZERO);
        Held first = new Held();
        Held second = new Held();
        CompletableFuture<Void> refused = new CompletableFuture<>();
        impatient.send(call(), new DefaultExchange(camel), first, () -> {});

        impatient.send(call(), new DefaultExchange(camel), second, () -> refused.complete(null));

        Awaitility.await().atMost(Duration.ofMinutes(1)).until(refused::isDone);
        assertThat(inHand.waiting()).isZero();
        first.begun.join().done(false);
        assertThat(second.begun).isNotDone();
        assertThat(inHand.working()).isZero();
    }

    private Front front(Duration maxWait) {
        return new Front(inHand, maxWait, Runnable::run, vertx, Clock.systemUTC());
    }

    private WeakReference<Exchange> sendOneThatWaits() {
        Exchange exchange = new DefaultExchange(camel);
        front.send(call(), exchange, new AnswersAtOnce(), () -> {});
        assertThat(inHand.waiting()).isOne();
        return new WeakReference<>(exchange);
    }

    private FrontCall call() {
        Cancellation cancellation = new Cancellation();
        SocketReply reply = new SocketReply("a", "id", "anybody", cancellation, null, new Replies(timer));
        return new FrontCall("id", Caller.ANYBODY, "POST", "/v1/chat/completions", reply, cancellation, null, false);
    }
}
