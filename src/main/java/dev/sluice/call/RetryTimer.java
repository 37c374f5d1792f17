package dev.sluice.call;

import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * Where messages wait for their retry: Camel's redelivery schedules each here, so waiting holds no thread. When Sluice
 * stops, {@link #hurry()} ends every wait at once, so that the messages can go back to where they came from.
 */
public final class RetryTimer extends ScheduledThreadPoolExecutor {

    public RetryTimer() {
        super(1, task -> {
            Thread thread = new Thread(task, "retries");
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
