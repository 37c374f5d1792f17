package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Service;
import org.apache.camel.spi.PollingConsumerPollStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the folder intake from poll to poll: Camel's hook around each poll of the inbox ({@code pollStrategy}).
 *
 * <p>Before the first poll it finishes what a crash interrupted. When a folder cannot be used (disk full, no
 * permission, gone, in the hands of another process) it pauses the intake with one error, leaves every message in the
 * inbox, and looks every few seconds whether the folder can be used again. When the inbox has run empty it prints the summary.
 */
public final class FolderWatch implements PollingConsumerPollStrategy, Service {
    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN_AT_LAST = Duration.ofSeconds(60);

    private final FolderSettings folder;
    private final Tally tally;
    private final Clock clock;
    private final Sharing sharing;
    private final Staging answers;
    private final Staging failures;
    private final AtomicInteger inFlight = new AtomicInteger();
    /** Messages that may be ended or taken again: the next recovery decides. Nobody else gets them before. */
    private final Set<Path> undecided = ConcurrentHashMap.newKeySet();

    private final Pause pause = new Pause();
    private volatile boolean polled;
    private Instant lookAtOthers = Instant.MIN;

    public FolderWatch(FolderSettings folder, Sharing sharing, Tally tally, Clock clock) {
        this.folder = folder;
        this.tally = tally;
        this.clock = clock;
        this.sharing = sharing;
        this.answers = staging(Outcome.ANSWERED, sharing.own(folder.outbox()));
        this.failures = staging(Outcome.FAILED, sharing.own(folder.failed()));
    }

    private Staging staging(Outcome outcome, Path staged) {
        return outcome == Outcome.ANSWERED
                ? new Staging(folder.outbox(), folder.done(), staged)
                : new Staging(folder.failed(), folder.failed(), staged);
    }

    Staging staging(Outcome outcome) {
        return outcome == Outcome.ANSWERED ? answers : failures;
    }

    /** Whether no message is taken at the moment, because a folder cannot be used. */
    public boolean paused() {
        return pause.on;
    }

    /** Whether the inbox has been polled at least once, and messages are taken. */
    public boolean ready() {
        return polled && !paused();
    }

    /**
     * Finishes what other processes left behind that have died; often enough that none of their leases has ended before. What is
     * in use is passed over.
     */
    synchronized void finishForOthers() {
        Instant now = clock.instant();
        if (now.isBefore(lookAtOthers)) {
            return;
        }
        lookAtOthers = now.plus(LOOK_AGAIN);
        for (Outcome outcome : Outcome.values()) {
            for (Path left : leftBy(outcome)) {
                try {
                    finish(outcome, left);
                } catch (IOException e) {
                    LOG.trace("{} is in use, or cannot be finished now: {}", left, e.toString());
                }
            }
        }
    }

    private List<Path> leftBy(Outcome outcome) {
        return sharing.others(outcome == Outcome.ANSWERED ? folder.outbox() : folder.failed());
    }

    private void finish(Outcome outcome, Path left) throws IOException {
        Staging other = staging(outcome, left);
        try {
            recover(outcome, other);
        } finally {
            other.release();
        }
    }

    private void recover(Outcome outcome, Staging staging) throws IOException {
        staging.recover(published -> ended(outcome, published, "after=interruption"));
    }

    void taken() {
        inFlight.incrementAndGet();
        tally.begin();
    }

    void leftInPlace() {
        inFlight.decrementAndGet();
    }

    void ended(FolderMessage message, Outcome outcome, Staging.Published published, String details) {
        pause.isOver();
        Duration took = Duration.between(message.taken(), clock.instant());
        ended(outcome, published, details + " ms=" + took.toMillis());
        inFlight.decrementAndGet();
    }

    private void ended(Outcome outcome, Staging.Published published, String details) {
        Path input = published.input();
        Path name = input.startsWith(folder.inbox()) ? folder.inbox().relativize(input) : input;
        if (outcome == Outcome.ANSWERED) {
            tally.answered("folder");
            Path answer = published.output();
            LOG.info(
                    "request={} answered file={}{} {}",
                    published.id(),
                    FileNames.printable(name),
                    answer == null ? "" : " answer=" + FileNames.printable(answer),
                    details);
        } else {
            tally.failed("folder");
            LOG.info(
                    "request={} failed file={} kept={} {}",
                    published.id(),
                    FileNames.printable(name),
                    FileNames.printable(published.movedTo()),
                    details);
        }
    }

    /**
     * A folder could not be written: take nothing more until it can. What becomes of the message is decided then; until
     * then it stays claimed.
     *
     * @param bytes how much was to be written
     */
    void pause(FolderMessage message, int bytes, IOException cause) {
        undecided.add(message.name()); // first: with none in flight, recovery may begin
        inFlight.decrementAndGet();
        pause.begin(bytes, said(cause) + "; " + FileNames.printable(message.name()) + " is taken again");
    }

    @Override
    public boolean begin(Consumer consumer, Endpoint endpoint) {
        if (paused()) {
            return resumed();
        }
        try {
            checkFolders();
            if (sharing.isShared()) {
                finishForOthers();
            }
            return true;
        } catch (IOException e) {
            pause.begin(0, said(e));
            return false;
        }
    }

    @Override
    public void commit(Consumer consumer, Endpoint endpoint, int polledMessages) {
        polled = true;
        if (polledMessages == 0 && inFlight.get() == 0) {
            tally.summary().ifPresent(LOG::info);
        }
    }

    @Override
    public boolean rollback(Consumer consumer, Endpoint endpoint, int retryCounter, Exception cause) {
        LOG.error("intake=folder cannot poll {}: {}", folder.inbox(), cause.toString());
        return false;
    }

    /** Lets another process have the folders; what is still under way keeps them until this one ends. */
    @Override
    public void stop() {
        try {
            if (inFlight.get() == 0) {
                answers.release();
                failures.release();
            }
        } catch (IOException e) {
            LOG.debug("the folders are held until this process ends: {}", e.toString());
        }
    }

    @Override
    public void start() {
        // begins with the first poll
    }

    /** Whether messages can be taken again. */
    private boolean resumed() {
        if (inFlight.get() > 0 || !pause.timeToLook()) {
            return false; // recovery must not meet a message that is just being committed
        }
        try {
            checkFolders();
            for (Outcome outcome : Outcome.values()) {
                staging(outcome).probe(pause.bytes());
                recover(outcome, staging(outcome));
            }
            if (sharing.isShared()) {
                finishForOthers();
            } else {
                finishForThoseThatShared();
            }
            undecided.forEach(sharing::release);
            undecided.clear();
            pause.end();
            return true;
        } catch (IOException e) {
            pause.goesOn(said(e));
            return false;
        }
    }

    /** Fails if one of them still runs: this process is to have the folders for itself. */
    private void finishForThoseThatShared() throws IOException {
        for (Outcome outcome : Outcome.values()) {
            for (Path left : leftBy(outcome)) {
                finish(outcome, left);
            }
        }
    }

    /** Fails if the folders that messages are moved out of and into cannot be used; Camel would see an empty inbox. */
    private void checkFolders() throws IOException {
        check("folder.inbox", folder.inbox());
        if (Files.exists(folder.done())) { // else it is made when it is needed
            check("folder.done", folder.done());
        }
    }

    private static void check(String key, Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(key + " is not a folder: " + folder);
        }
        if (!Files.isReadable(folder) || !Files.isWritable(folder) || !Files.isExecutable(folder)) {
            throw new IOException(key + " cannot be read, written and entered: " + folder);
        }
    }

    private static String said(IOException cause) {
        boolean plain = cause.getClass() == IOException.class && cause.getMessage() != null;
        return FileNames.printable(plain ? String.valueOf(cause.getMessage()) : cause.toString());
    }

    /** The time in which nothing is taken; it begins with the start, and until the first recovery has been done. */
    private final class Pause {
        private volatile boolean on = true;
        private boolean helped = true;
        private String cause = "";
        private int bytes;
        private Duration lookAgain = LOOK_AGAIN;
        private Instant nextLook = Instant.MIN;

        synchronized void begin(int bytesToWrite, String why) {
            if (on) {
                bytes = Math.max(bytes, bytesToWrite);
                return;
            }
            on = true;
            bytes = bytesToWrite;
            lookAgain = helped ? LOOK_AGAIN : shorter(lookAgain.multipliedBy(2), LOOK_AGAIN_AT_LAST);
            nextLook = clock.instant().plus(lookAgain);
            goesOn(why);
        }

        /** Says why, whenever it changes. */
        synchronized void goesOn(String why) {
            if (!why.equals(cause)) {
                cause = why;
                LOG.error(
                        "intake=folder paused: {}; messages stay in {}; when this is mended it goes on by itself",
                        why,
                        folder.inbox());
            }
        }

        synchronized boolean timeToLook() {
            Instant now = clock.instant();
            if (now.isBefore(nextLook)) {
                return false;
            }
            nextLook = now.plus(lookAgain);
            return true;
        }

        synchronized int bytes() {
            return bytes;
        }

        synchronized void end() {
            if (!cause.isEmpty()) {
                LOG.info("intake=folder resumed");
            }
            on = false;
            helped = cause.isEmpty(); // nothing was wrong when it started
            cause = "";
        }

        /** A message has ended: to go on was right. */
        synchronized void isOver() {
            helped = true;
        }

        private static Duration shorter(Duration one, Duration other) {
            return one.compareTo(other) < 0 ? one : other;
        }
    }
}
