package dev.sluice.intake;

import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.Ordered;
import org.apache.camel.support.SynchronizationAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Whether what became of a message is on disk: whoever took its answer off a queue lets it go only then. Told once, true or
 * false, by the intake of the message; by the end of its exchange if the intake does not.
 */
public final class Kept {
    private static final String PROPERTY = "SluiceKept";

    private Kept() {}

    /** Has a promise told of an exchange that is on its way. */
    public static void promise(Exchange exchange, CompletableFuture<Boolean> kept) {
        exchange.setProperty(PROPERTY, kept);
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                tell(done, true);
            }

            @Override
            public int getOrder() {
                return Ordered.LOWEST; // after the intake has had its say
            }
        });
    }

    /** What became of the message is on disk, or it is not and the message will come again. */
    static void tell(Exchange exchange, boolean kept) {
        CompletableFuture<Boolean> promise = take(exchange);
        if (promise != null) {
            promise.complete(kept);
        }
    }

    /** Takes it over: from now on only the caller tells. Null if nobody waits for it. */
    @SuppressWarnings("unchecked")
    public static @Nullable CompletableFuture<Boolean> take(Exchange exchange) {
        return exchange.removeProperty(PROPERTY) instanceof CompletableFuture<?> promise
                ? (CompletableFuture<Boolean>) promise
                : null;
    }
}
