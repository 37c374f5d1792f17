package dev.sluice.batch;

/**
 * How many lines may be in hand at once, from being read until they are on disk. Once it is closed nothing more gets in.
 * Thread-safe.
 */
final class Window {
    private final int places;
    private int taken;
    private boolean closed;
    private boolean abandoned;

    /** @param places 1 and more */
    Window(int places) {
        if (places < 1) {
            throw new IllegalArgumentException("throttle.max-concurrent must be > 0, was " + places);
        }
        this.places = places;
    }

    /** Waits for a place; false if the window is closed. */
    synchronized boolean enter() throws InterruptedException {
        while (!closed && taken == places) {
            wait();
        }
        if (!closed) {
            taken++;
        }
        return !closed;
    }

    synchronized void leave(int count) {
        taken -= count;
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Waits until every place is free again, or until it is no use to wait. */
    synchronized void awaitEmpty() throws InterruptedException {
        while (taken > 0 && !abandoned) {
            wait();
        }
    }

    /** What has not left by now never will. */
    synchronized void abandon() {
        abandoned = true;
        notifyAll();
    }
}
