package dev.sluice.intake;

import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.jspecify.annotations.Nullable;

/**
 * A part of a route in which a message may wait on its thread, as Camel's throttles let it: when it is cancelled, its thread
 * is interrupted, and the wait ends. What comes after the part is never interrupted. A message that nobody can cancel is
 * left alone.
 *
 * <p>The route says where it {@link #begin begins} and, whatever happens in it, {@link #end ends}, on the same thread; and
 * {@link #interrupted} says what an {@link InterruptedException} in it means.
 */
public final class CancellableWait {
    private static final String PROPERTY = "SluiceCancellableWait";

    private @Nullable Thread waits = Thread.currentThread();
    private boolean interrupted;

    private CancellableWait() {}

    /** From here on the message may wait. */
    public static Processor begin() {
        return exchange -> {
            Cancellation cancellation = Cancellation.of(exchange);
            if (cancellation != null) {
                CancellableWait wait = new CancellableWait();
                exchange.setProperty(PROPERTY, wait);
                cancellation.onCancel(wait::interrupt);
            }
        };
    }

    /** Fails as the client of the message wants it, if it was that which ended the wait; else with what ended it. */
    public static Processor interrupted() {
        return exchange -> {
            if (Cancellation.isCancelled(exchange)) {
                throw new CancelledException();
            }
            throw Objects.requireNonNull(
                    exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing was interrupted");
        };
    }

    /** From here on it does not wait. */
    public static Processor end() {
        return exchange -> {
            if (exchange.removeProperty(PROPERTY) instanceof CancellableWait wait) {
                wait.leave();
            }
        };
    }

    private synchronized void interrupt() {
        if (waits != null) {
            interrupted = true;
            waits.interrupt();
        }
    }

    private synchronized void leave() {
        waits = null;
        if (interrupted) {
            Thread.interrupted(); // whoever has the thread next has not been cancelled
        }
    }
}
