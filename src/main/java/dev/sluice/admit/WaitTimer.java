package dev.sluice.admit;

import dev.sluice.intake.Cancellation;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where messages wait, for their slot or for their retry, without holding a thread. When Sluice stops, {@link #hurry()}
 * ends every wait at once, so that the messages can go back to where they came from.
 */
public class WaitTimer extends ScheduledThreadPoolExecutor {

    /** What Camel schedules does not tell its exchange; but it does so on the thread on which the attempt failed. */
    private final ThreadLocal<Cancellation> next = new ThreadLocal<>();

    /** @param name of its one thread */
    public WaitTimer(String name) {
        super(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        setRemoveOnCancelPolicy(true);
    }

    /**
     * What this thread schedules next runs at once when that is cancelled.
     *
     * @param cancellation null for nothing: forgets what was said before
     */
    public void next(@Nullable Cancellation cancellation) {
        if (cancellation == null) {
            next.remove();
        } else {
            next.set(cancellation);
        }
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        ScheduledFuture<?> waiting = super.schedule(task, delay, unit);
        Cancellation cancellation = next.get();
        if (cancellation != null) {
            next.remove();
            cancellation.onCancel(() -> hurry((Runnable) waiting));
        }
        return waiting;
    }

    /** Runs now whatever waits. */
    public void hurry() {
        for (Runnable waiting : getQueue().toArray(new Runnable[0])) {
            hurry(waiting);
        }
    }

    private void hurry(Runnable waiting) {
        if (getQueue().remove(waiting)) {
            execute(waiting);
        }
    }
}
