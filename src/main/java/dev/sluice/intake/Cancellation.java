package dev.sluice.intake;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * The end of somebody's interest in an answer. An intake whose client can go away puts one on its exchange
 * ({@link IntakeProperties#CANCEL}) and cancels it when that happens; whatever the message waits for or does then ends,
 * with {@link CancelledException}, and its permit is settled.
 *
 * <p>Cancelled once and for ever; thread-safe.
 */
public final class Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean cancelled;

    /** The cancellation of an exchange; null if nobody can cancel it. */
    public static @Nullable Cancellation of(Exchange exchange) {
        return exchange.getProperty(IntakeProperties.CANCEL, Cancellation.class);
    }

    /** Whether an exchange is cancelled. */
    public static boolean isCancelled(Exchange exchange) {
        Cancellation cancellation = of(exchange);
        return cancellation != null && cancellation.isCancelled();
    }

    public boolean isCancelled() {
        synchronized (actions) {
            return cancelled;
        }
    }

    /** Runs every registered action, here and now; the second time nothing happens. */
    public void cancel() {
        List<Runnable> registered;
        synchronized (actions) {
            cancelled = true;
            registered = List.copyOf(actions);
            actions.clear();
        }
        registered.forEach(Runnable::run);
    }

    /**
     * Runs an action when this is cancelled, on the thread that cancels; at once if it is cancelled already.
     *
     * @param action quick and never failing; it may come when there is nothing left to end
     */
    public void onCancel(Runnable action) {
        synchronized (actions) {
            if (!cancelled) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }
}
