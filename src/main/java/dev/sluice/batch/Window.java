package dev.sluice.batch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a batch in hand, from being read until they are on disk; each takes one of the {@link Places}. Once it is
 * closed nothing more gets in. Thread-safe.
 */
final class Window {
    private final Places places;
    private final Clock clock;
    private int taken;
    private boolean closed;
    private boolean abandoned;

    Window(Places places, Clock clock) {
        this.places = places;
        this.clock = clock;
    }

    /** Waits for a place; false if the window is closed, or at {@code latest}. */
    boolean enter(@Nullable Instant latest) throws InterruptedException {
        synchronized (places) {
            boolean entered = places.enter(this, left(latest));
            taken += entered ? 1 : 0;
            return entered;
        }
    }

    /** For a line that comes back; never waits. */
    void enterAgain() {
        synchronized (places) {
            places.enterAgain();
            taken++;
        }
    }

    void leave(int count) {
        synchronized (places) {
            taken -= count;
            places.leave(count);
        }
    }

    void close() {
        synchronized (places) {
            closed = true;
            places.notifyAll();
        }
    }

    boolean isOpen() {
        synchronized (places) {
            return !closed;
        }
    }

    /** Waits until a moment, or until the window is closed. */
    void sleep(Instant until) throws InterruptedException {
        synchronized (places) {
            while (!closed && clock.instant().isBefore(until)) {
                places.wait(Duration.between(clock.instant(), until).toMillis() + 1);
            }
        }
    }

    /**
     * Waits until every place is free again, or {@code enough} is true, or until it is no use to wait, but not beyond {@code
     * latest}.
     *
     * @return false if it is {@code latest}
     */
    boolean awaitEmptyOr(BooleanSupplier enough, @Nullable Instant latest) throws InterruptedException {
        synchronized (places) {
            while (taken > 0 && !abandoned && !enough.getAsBoolean()) {
                Duration left = left(latest);
                if (left == null) {
                    places.wait();
                } else if (left.toMillis() > 0) {
                    places.wait(left.toMillis());
                } else {
                    return false;
                }
            }
            return true;
        }
    }

    /** What has not left by now never will. */
    void abandon() {
        synchronized (places) {
            abandoned = true;
            places.notifyAll();
        }
    }

    private @Nullable Duration left(@Nullable Instant latest) {
        return latest == null ? null : Duration.between(clock.instant(), latest);
    }
}
