package dev.sluice.intake;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.PollingConsumerPollStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the folder intake from poll to poll: Camel's hook around each poll of the inbox ({@code pollStrategy}).
 *
 * <p>Before the first poll it finishes what a crash interrupted. When a folder cannot be written (disk full, no
 * permission, gone) it pauses the intake with one error, leaves every message in the inbox, and looks every few seconds
 * whether the folder can be written again. When the inbox has run empty it prints the summary.
 */
public final class FolderWatch implements PollingConsumerPollStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    private final FolderSettings folder;
    private final Tally tally;
    private final Clock clock;
    private final Staging answers;
    private final Staging failures;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicReference<@Nullable Instant> pausedSince;
    private Instant nextLook = Instant.MIN;
    private @Nullable Instant firstPoll;

    public FolderWatch(FolderSettings folder, Tally tally, Clock clock) {
        this.folder = folder;
        this.tally = tally;
        this.clock = clock;
        this.answers = new Staging(folder.outbox());
        this.failures = new Staging(folder.failed());
        this.pausedSince = new AtomicReference<>(clock.instant()); // until the first recovery has been done
    }

    Staging answers() {
        return answers;
    }

    Staging failures() {
        return failures;
    }

    /** Whether no message is taken at the moment, because a folder cannot be written. */
    public boolean paused() {
        return pausedSince.get() != null;
    }

    /** Whether the inbox has been polled at least once, and messages are taken. */
    public boolean ready() {
        return firstPoll != null && !paused();
    }

    void taken() {
        inFlight.incrementAndGet();
        tally.begin();
    }

    void leftInPlace() {
        inFlight.decrementAndGet();
    }

    void ended(FolderMessage message, FolderMessage.Ending ending) {
        ending.counted().run();
        inFlight.decrementAndGet();
        Duration took = Duration.between(message.taken(), clock.instant());
        LOG.info("{} ms={}", ending.logLine(), took.toMillis());
    }

    /** A folder could not be written: take nothing more until it can. */
    void pause(FolderMessage message, IOException cause) {
        inFlight.decrementAndGet();
        if (pausedSince.compareAndSet(null, clock.instant())) {
            LOG.error(
                    "intake=folder paused: cannot write to {} or {} ({}); {} and all others stay in {} and are taken"
                            + " again; free space or mend the permissions, it goes on by itself",
                    folder.outbox(),
                    folder.failed(),
                    cause.toString(),
                    FileNames.printable(message.name()),
                    folder.inbox());
        }
    }

    @Override
    public boolean begin(Consumer consumer, Endpoint endpoint) {
        return !paused() || resumed();
    }

    @Override
    public void commit(Consumer consumer, Endpoint endpoint, int polledMessages) {
        if (firstPoll == null) {
            firstPoll = clock.instant();
        }
        if (polledMessages == 0 && inFlight.get() == 0) {
            tally.summary().ifPresent(LOG::info);
        }
    }

    @Override
    public boolean rollback(Consumer consumer, Endpoint endpoint, int retryCounter, Exception cause) {
        LOG.error("intake=folder cannot poll {}: {}", folder.inbox(), cause.toString());
        return false;
    }

    private boolean resumed() {
        Instant now = clock.instant();
        if (now.isBefore(nextLook) || inFlight.get() > 0) {
            return false; // recovery must not meet a message that is just being committed
        }
        nextLook = now.plus(LOOK_AGAIN);
        try {
            for (Staging staging : new Staging[] {answers, failures}) {
                staging.probe();
                staging.recover();
            }
            boolean afterFailure = firstPoll != null;
            pausedSince.set(null);
            if (afterFailure) {
                LOG.info("intake=folder resumed");
            }
            return true;
        } catch (IOException e) {
            if (firstPoll == null) {
                LOG.error(
                        "intake=folder takes nothing yet: cannot write to {} or {} ({}); make them writable",
                        folder.outbox(),
                        folder.failed(),
                        e.toString());
            }
            return false;
        }
    }
}
