package dev.sluice;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for calls, which mostly wait. A thread that is free is used before a new one is made (the JDK's pools make new
 * ones up to their core size, or queue first); when there are as many as there may be, tasks wait for one.
 */
final class CallThreads extends ThreadPoolExecutor {
    private static final long KEPT_SECONDS = 30;

    /** Takes a task only if a thread waits for it. */
    private static final class Handover extends LinkedTransferQueue<Runnable> {
        @Override
        public boolean offer(Runnable task) {
            return tryTransfer(task);
        }

        void keep(Runnable task) {
            super.offer(task);
        }
    }

    /**
     * @param name of its threads, before their number
     * @param most threads at once
     */
    CallThreads(String name, int most) {
        super(1, most, KEPT_SECONDS, TimeUnit.SECONDS, new Handover(), numbered(name), (task, pool) -> {
            if (!pool.isShutdown() && pool.getQueue() instanceof Handover waiting) {
                waiting.keep(task);
            }
        });
    }

    private static ThreadFactory numbered(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
