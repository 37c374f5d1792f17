package dev.sluice.admit;

import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * Where messages wait, for their slot or for their retry, without holding a thread. When Sluice stops, {@link #hurry()}
 * ends every wait at once, so that the messages can go back to where they came from.
 */
public class WaitTimer extends ScheduledThreadPoolExecutor {

    /** @param name of its one thread */
    public WaitTimer(String name) {
        super(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        setRemoveOnCancelPolicy(true);
    }

    /** Runs now whatever waits. */
    public void hurry() {
        for (Runnable waiting : getQueue().toArray(new Runnable[0])) {
            if (getQueue().remove(waiting)) {
                execute(waiting);
            }
        }
    }
}
