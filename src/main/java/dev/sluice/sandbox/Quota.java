package dev.sluice.sandbox;

import java.time.Duration;
import java.util.function.LongSupplier;

/** One limit by the minute: so many requests, or so many tokens. Not thread-safe, see {@link RateLimits}. */
public interface Quota {
    /** The limit. */
    long perMinute();

    /**
     * How long until a call of this cost gets in: 0 = now.
     *
     * @param cost at most the limit
     */
    Duration delay(long cost);

    /** Takes the cost out; only when {@link #delay} has just said 0. */
    void drain(long cost);

    /** Whole units that could be taken now. */
    long remaining();

    /** How long until nothing of the limit is used any more, if nobody calls. */
    Duration reset();

    /** How a limit is counted. */
    enum Shape {
        /** Refills continuously, see {@link TokenBucket}. */
        BUCKET,
        /** No more than the limit in any 60 s, see {@link SlidingWindow}. */
        SLIDING,
        /** No more than the limit in each minute of its clock, see {@link FixedWindow}. */
        WINDOW;

        Quota of(long perMinute, Duration burst, LongSupplier nanos) {
            return switch (this) {
                case BUCKET -> new TokenBucket(perMinute, burst, nanos);
                case SLIDING -> new SlidingWindow(perMinute, nanos);
                case WINDOW -> new FixedWindow(perMinute, nanos);
            };
        }
    }
}
