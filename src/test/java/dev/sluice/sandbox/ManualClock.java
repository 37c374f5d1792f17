package dev.sluice.sandbox;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that moves when told to; begins below zero, as System.nanoTime may. */
final class ManualClock implements LongSupplier {
    private final AtomicLong nanos = new AtomicLong(-1_000_000_007);

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }
}
