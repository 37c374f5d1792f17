package dev.sluice.batch;

import dev.sluice.intake.SluiceException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines that are parked until a moment. They keep their places in the window, so no more wait than may be in hand, and
 * when all places wait no line is read. Thread-safe.
 */
final class Waiting {
    private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
    private static final Duration SAY_AGAIN = Duration.ofMinutes(1);

    private final Clock clock;
    private final Set<BatchLine> lines = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor timer;
    private volatile Consumer<BatchLine> pipeline = line -> {};
    private volatile boolean stopped;
    private Instant said = Instant.MIN;

    Waiting(Clock clock) {
        this.clock = clock;
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "batch-waiting");
            thread.setDaemon(true);
            return thread;
        });
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Where lines set out again. */
    void goOnTo(Consumer<BatchLine> next) {
        pipeline = next;
    }

    synchronized void add(BatchLine line, SluiceException why, Instant until) {
        say(why, until);
        lines.add(line);
        if (stopped) {
            leaveAll();
            return;
        }
        long delay = Math.max(0, Duration.between(clock.instant(), until).toMillis());
        timer.schedule(() -> goOn(line), delay, TimeUnit.MILLISECONDS);
    }

    /** Leaves every line for the next run, those that come too. */
    synchronized void stop() {
        stopped = true;
        leaveAll();
        timer.shutdown();
    }

    private void leaveAll() {
        for (BatchLine line : lines) {
            if (lines.remove(line)) {
                line.leave();
            }
        }
    }

    private void goOn(BatchLine line) {
        if (lines.remove(line)) {
            pipeline.accept(line);
        }
    }

    private void say(SluiceException why, Instant until) {
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
}
