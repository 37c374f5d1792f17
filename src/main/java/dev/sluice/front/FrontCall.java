package dev.sluice.front;

import dev.sluice.intake.Cancellation;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * One request at the front, on its way through the routes.
 *
 * @param id names it in logs and answers
 * @param method of HTTP
 * @param path what was asked for, for example {@code /v1/chat/completions}
 * @param cancellation cancelled when the client goes away
 * @param idempotencyKey the client's own name for what it wants done once; null if it has none
 * @param inBackground whether the client does not wait for the answer
 */
record FrontCall(
        String id,
        Caller caller,
        String method,
        String path,
        Reply reply,
        Cancellation cancellation,
        @Nullable String idempotencyKey,
        boolean inBackground) {
    private static final String PROPERTY = "SluiceFrontCall";

    static FrontCall of(Exchange exchange) {
        FrontCall call = exchange.getProperty(PROPERTY, FrontCall.class);
        if (call == null) {
            throw new IllegalStateException(
                    "no request of the front on this exchange; only a route of the front has one");
        }
        return call;
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    FrontCall with(Reply other) {
        return new FrontCall(id, caller, method, path, other, cancellation, idempotencyKey, inBackground);
    }
}
