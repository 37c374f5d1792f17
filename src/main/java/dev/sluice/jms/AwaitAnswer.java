package dev.sluice.jms;

import dev.sluice.intake.Kept;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the answer to a request that was dispatched, without a thread; then the exchange goes on as if it had made the
 * call itself. Fails with {@link NoAnswerException} if none comes for long.
 */
public final class AwaitAnswer extends AsyncProcessorSupport {
    private final Waiting waiting;
    private final Duration patience;
    private final Executor goesOn;

    /**
     * @param patience after which the request is sent again ({@code dispatch.resend-ms})
     * @param goesOn where exchanges go on: whoever has brought the answer waits until they have ended
     */
    public AwaitAnswer(Waiting waiting, Duration patience, Executor goesOn) {
        this.waiting = waiting;
        this.patience = patience;
        this.goesOn = goesOn;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        String id = Objects.requireNonNull(exchange.getProperty(AskQueue.ID, String.class), AskQueue.ID);
        waiting.answer(id)
                .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .whenCompleteAsync(
                        (taken, failure) -> {
                            end(exchange, id, taken, failure);
                            callback.done(false);
                        },
                        goesOn);
        return false;
    }

    private void end(Exchange exchange, String id, Waiting.Taken taken, @Nullable Throwable failure) {
        if (failure == null) {
            Kept.promise(exchange, taken.kept());
            taken.answer().on(exchange);
        } else if (failure instanceof TimeoutException) {
            waiting.giveUp(id);
            exchange.setException(new NoAnswerException(patience));
        } else {
            exchange.setException(failure);
        }
    }
}
