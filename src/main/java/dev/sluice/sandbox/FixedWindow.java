package dev.sluice.sandbox;

import java.time.Duration;
import java.util.function.LongSupplier;

/** What was let in within this minute is counted; the first minute begins when the limit does. */
final class FixedWindow implements Quota {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final long perMinute;
    private final LongSupplier nanos;
    private final long start;
    private long window;
    private long used;

    /** @param nanos a clock that does not go backwards */
    FixedWindow(long perMinute, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.nanos = nanos;
        this.start = nanos.getAsLong();
    }

    @Override
    public long perMinute() {
        return perMinute;
    }

    @Override
    public Duration delay(long cost) {
        Duration end = untilNext();
        return used + cost <= perMinute ? Duration.ZERO : end;
    }

    @Override
    public void drain(long cost) {
        used += cost;
    }

    @Override
    public long remaining() {
        untilNext();
        return perMinute - used;
    }

    @Override
    public Duration reset() {
        Duration end = untilNext();
        return used == 0 ? Duration.ZERO : end;
    }

    private Duration untilNext() {
        long passed = nanos.getAsLong() - start;
        if (passed / MINUTE != window) {
            window = passed / MINUTE;
            used = 0;
        }
        return Duration.ofNanos(MINUTE - passed % MINUTE);
    }
}
