package dev.sluice.sandbox;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** Exactly what was let in within the last 60 s is counted; it remembers every call of them. */
final class SlidingWindow implements Quota {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private record Taken(long nanos, long cost) {}

    private final long perMinute;
    private final LongSupplier nanos;
    private final Deque<Taken> last = new ArrayDeque<>();
    private long sum;

    /** @param nanos a clock that does not go backwards */
    SlidingWindow(long perMinute, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.nanos = nanos;
    }

    @Override
    public long perMinute() {
        return perMinute;
    }

    @Override
    public Duration delay(long cost) {
        long now = forget();
        long left = sum;
        for (Taken taken : last) {
            if (left + cost <= perMinute) {
                break;
            }
            left -= taken.cost;
            if (left + cost <= perMinute) {
                return Duration.ofNanos(MINUTE - (now - taken.nanos));
            }
        }
        return Duration.ZERO;
    }

    @Override
    public void drain(long cost) {
        last.add(new Taken(nanos.getAsLong(), cost));
        sum += cost;
    }

    @Override
    public long remaining() {
        forget();
        return perMinute - sum;
    }

    @Override
    public Duration reset() {
        long now = forget();
        return last.isEmpty() ? Duration.ZERO : Duration.ofNanos(MINUTE - (now - last.getLast().nanos));
    }

    private long forget() {
        long now = nanos.getAsLong();
        while (!last.isEmpty() && now - last.getFirst().nanos >= MINUTE) {
            sum -= last.removeFirst().cost;
        }
        return now;
    }
}
