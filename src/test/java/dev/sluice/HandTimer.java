package dev.sluice;

import dev.sluice.admit.WaitTimer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Time that passes only by waiting: each wait is over at once, and the clock has moved on by as much. */
final class HandTimer extends WaitTimer {
    private final List<Long> waits = new CopyOnWriteArrayList<>();
    private volatile Instant now;

    HandTimer(Instant now) {
        super("retries");
        this.now = now;
    }

    /** What was waited since {@link #startAt}, in milliseconds. */
    List<Long> waits() {
        return List.copyOf(waits);
    }

    void startAt(Instant moment) {
        now = moment;
        waits.clear();
    }

    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneId.of("UTC");
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        waits.add(unit.toMillis(delay));
        now = now.plus(Duration.of(delay, unit.toChronoUnit()));
        return super.schedule(task, 0, unit);
    }
}
