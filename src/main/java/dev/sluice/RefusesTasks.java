package dev.sluice;

import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * An executor that refuses to do anything later: with it, the throttle of a route goes on counting. By any other it lets
 * itself be told, 10 s after a place became free, to forget all that are taken. It is asked for every message, deep in
 * the routes: a refusal without its stack trace costs next to nothing.
 */
final class RefusesTasks extends ScheduledThreadPoolExecutor {
    private static final RejectedExecutionException REFUSAL = new Refusal();

    private static final class Refusal extends RejectedExecutionException {
        private static final long serialVersionUID = 1L;

        Refusal() {
            super("nothing is to be forgotten");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    RefusesTasks() {
        super(0);
        shutdown();
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        throw REFUSAL;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw REFUSAL;
    }
}
