package dev.sluice.batch;

import dev.sluice.intake.SluiceException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lines that are to be sent again, and the moment before which nothing is sent. Thread-safe. */
final class Parked {
    private static final Logger LOG = LoggerFactory.getLogger(Parked.class);
    private static final Duration SAY_AGAIN = Duration.ofMinutes(1);

    private final Clock clock;
    private final Deque<BatchLine> lines = new ArrayDeque<>();
    private Instant until = Instant.EPOCH;
    private Instant said = Instant.EPOCH;

    Parked(Clock clock) {
        this.clock = clock;
    }

    /** A line that was not sent after all. */
    synchronized void add(BatchLine line) {
        lines.add(line);
    }

    synchronized void add(BatchLine line, SluiceException why, Instant notBefore) {
        lines.add(line);
        until = notBefore.isAfter(until) ? notBefore : until;
        Instant now = clock.instant();
        if (why.isNews() && now.isAfter(said.plus(SAY_AGAIN))) {
            said = now;
            LOG.warn(
                    "lines wait until={} code={}: {}; they go on by themselves, Ctrl-C leaves them for the next run",
                    until,
                    why.code(),
                    why.getMessage());
        }
    }

    synchronized @Nullable BatchLine poll() {
        return lines.poll();
    }

    synchronized boolean isEmpty() {
        return lines.isEmpty();
    }

    synchronized Instant until() {
        return until;
    }
}
