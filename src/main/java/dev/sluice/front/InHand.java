package dev.sluice.front;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many requests are worked on at once, and how many wait for that. Nobody waits on a thread. Thread-safe.
 *
 * <p>How long a request is in hand is remembered as a moving average, so that whoever finds no place can be told when
 * there will be one: when those in hand have ended.
 */
final class InHand {
    private static final double NEWEST = 0.2;

    private final int most;
    private final int mostWaiting;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int working;
    private double averageMs = 1000;

    /** A request that has no place yet. */
    final class Waiting {
        private final Runnable start;

        private Waiting(Runnable start) {
            this.start = start;
        }

        boolean isWaiting() {
            synchronized (InHand.this) {
                return waiting.contains(this);
            }
        }

        /** Takes it out of the queue; false if it has begun. */
        boolean giveUp() {
            synchronized (InHand.this) {
                return waiting.remove(this);
            }
        }
    }

    /** What became of a request that came. */
    enum Place {
        /** It has begun. */
        TAKEN,
        /** It will begin. */
        LATER,
        /** There is none, and none to wait for. */
        NONE
    }

    InHand(int most, int mostWaiting) {
        this.most = most;
        this.mostWaiting = mostWaiting;
    }

    /** A place in the queue; not in it yet. */
    Waiting waiting(Runnable start) {
        return new Waiting(start);
    }

    /** Runs the start now, on this thread, or later, on the thread of whoever makes room for it, or never. */
    Place enter(Waiting request) {
        synchronized (this) {
            if (working >= most) {
                if (waiting.size() >= mostWaiting) {
                    return Place.NONE;
                }
                waiting.add(request);
                return Place.LATER;
            }
            working++;
        }
        request.start.run();
        return Place.TAKEN;
    }

    /** A request that had begun has ended. */
    void leave(Duration took) {
        Waiting next;
        synchronized (this) {
            averageMs += NEWEST * (took.toMillis() - averageMs);
            next = waiting.poll();
            if (next == null) {
                working--;
            }
        }
        if (next != null) {
            next.start.run();
        }
    }

    /** When a request that comes then should find a place: all that wait have begun, and one of them has ended. */
    synchronized Duration untilThereIsRoom() {
        return Duration.ofMillis((long) (averageMs * (1 + (double) waiting.size() / most)));
    }

    synchronized int working() {
        return working;
    }

    synchronized int waiting() {
        return waiting.size();
    }
}
