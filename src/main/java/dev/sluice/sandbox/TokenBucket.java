package dev.sluice.sandbox;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A token bucket without rounding: so many units per minute, refilled continuously, full at first.
 *
 * <p>It counts in parts: one unit is 60,000,000 parts, so that a limit of L units per minute is exactly L parts per
 * microsecond. Its size is the burst's worth of the limit, at least one unit.
 *
 * <p>A call may cost more than the size, though never more than a minute's limit: it is let in when the bucket is full,
 * and the bucket owes the difference before anything else gets in. So over any time t the sum of what is let in is at
 * most {@code size + L · t}, plus what the last call cost beyond the size.
 *
 * <p>Worked example: 600 per minute, burst 1 s: ten at once, then one every 100 ms.
 *
 * <p>Not thread-safe: {@link RateLimits} asks several buckets at once and holds the lock.
 */
final class TokenBucket implements Quota {
    private static final long PARTS = 60_000_000;

    private final long perMinute;
    private final long size;
    private final LongSupplier nanos;
    private long level;
    private long at;

    /**
     * @param perMinute 1 to 1,000,000,000
     * @param burst 0 to 60 s
     * @param nanos a clock that does not go backwards
     */
    TokenBucket(long perMinute, Duration burst, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.size = Math.max(PARTS, perMinute * (burst.toNanos() / 1000));
        this.nanos = nanos;
        this.level = size;
        this.at = micros();
    }

    @Override
    public long perMinute() {
        return perMinute;
    }

    @Override
    public Duration delay(long cost) {
        refill();
        return timeFor(Math.min(cost * PARTS, size) - level);
    }

    @Override
    public void drain(long cost) {
        level -= cost * PARTS;
    }

    @Override
    public long remaining() {
        refill();
        return Math.max(0, level / PARTS);
    }

    @Override
    public Duration reset() {
        refill();
        return timeFor(size - level);
    }

    private void refill() {
        long now = micros();
        long passed = Math.max(0, now - at);
        long untilFull = ceilDiv(size - level, perMinute);
        level = passed >= untilFull ? size : level + passed * perMinute;
        at = now;
    }

    private Duration timeFor(long parts) {
        return parts <= 0 ? Duration.ZERO : Duration.ofNanos(ceilDiv(parts, perMinute) * 1000);
    }

    private long micros() {
        return Math.floorDiv(nanos.getAsLong(), 1000L);
    }

    private static long ceilDiv(long a, long b) {
        return -Math.floorDiv(-a, b);
    }
}
