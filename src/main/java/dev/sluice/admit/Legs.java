package dev.sluice.admit;

import java.util.concurrent.TimeUnit;

/**
 * How long to sleep at once on the way to a slot that may be moved meanwhile: half of what is left, at least 250 ms, at most
 * 5 s, in nanoseconds.
 */
final class Legs {
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(5);

    private Legs() {}

    static long of(long left) {
        return Math.min(left, Math.min(LONGEST, Math.max(left / 2, SHORTEST)));
    }
}
