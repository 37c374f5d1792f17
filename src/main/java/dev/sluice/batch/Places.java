package dev.sluice.batch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Places for lines in hand, shared fairly: of the batches that wait for one, each gets its turn. Thread-safe; the monitor of
 * every {@link Window} on it.
 */
public final class Places {
    private final int count;
    private int taken;
    private final Deque<Window> waiting = new ArrayDeque<>();

    /** @param count 1 and more */
    public Places(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("throttle.max-concurrent must be > 0, was " + count);
        }
        this.count = count;
    }

    /** Waits for a place, as long as the window is open and {@code left} has not passed (null: for ever). */
    synchronized boolean enter(Window window, @Nullable Duration left) throws InterruptedException {
        if (left != null && (left.isNegative() || left.isZero())) {
            return false;
        }
        long end = left == null ? Long.MAX_VALUE : System.nanoTime() + left.toNanos();
        waiting.add(window);
        try {
            while (window.isOpen() && !(taken < count && Objects.equals(waiting.peekFirst(), window))) {
                if (left == null) {
                    wait();
                } else if (end - System.nanoTime() <= 0) {
                    return false;
                } else {
                    wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                }
            }
            taken += window.isOpen() ? 1 : 0;
            return window.isOpen();
        } finally {
            waiting.remove(window);
            notifyAll();
        }
    }

    /** Takes a place even if there is none, for a line that had left its own for a while. */
    synchronized void enterAgain() {
        taken++;
    }

    synchronized void leave(int places) {
        taken -= places;
        notifyAll();
    }
}
