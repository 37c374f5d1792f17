package dev.sluice.batch;

import dev.sluice.intake.SluiceException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JSONL file on its way: each line that earlier runs have not done is sent, and ends in the output or in the errors.
 * No more lines are in hand than there are {@link Places}, from being read until they are on disk; so a process that is
 * killed has asked for no more lines in vain.
 *
 * <p>Lines that are told to come again later (see {@link dev.sluice.intake.SluiceException#retryAt}) are kept, and nothing
 * is sent until then.
 */
public final class Batch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private final Input input;
    private final BatchSettings settings;
    private final Clock clock;
    private final String runId;
    private final BatchOutput output;
    private final Feed feed;
    private final Window window;
    private final Committer committer;
    private final Account account;
    private final Refusals refusals;
    private final long resumed;
    private final Parked parked;
    private final Map<Long, CompletableFuture<Boolean>> promises = new ConcurrentHashMap<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Map<String, Long> byCode = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Stop> stopped = new AtomicReference<>();
    private volatile long total = -1;

    private Batch(Input input, BatchSettings settings, Places places, Clock clock, String runId, BatchOutput output) {
        this.input = input;
        this.settings = settings;
        this.clock = clock;
        this.runId = runId;
        this.output = output;
        this.window = new Window(places, clock);
        this.parked = new Parked(clock);
        this.feed = new Feed(input, settings.maxLineBytes(), output.state());
        this.account = new Account(
                settings.bounds(),
                settings.prices(),
                settings.estimator(),
                output.state().used());
        this.refusals = new Refusals(settings.bounds().refusals());
        answered.set(output.state().answered());
        failed.set(output.state().failed());
        this.resumed = answered.get() + failed.get();
        this.committer = new Committer(output, feed::read, feed::prefix, new Written());
    }

    /**
     * Opens a batch, new or begun earlier.
     *
     * @param places for lines in hand
     * @param runId unique; it is part of the ids of requests and results
     * @throws BatchRefusedException if it cannot be begun or resumed: the message says why
     */
    public static Batch open(
            BatchFiles files, BatchSettings settings, Places places, Clock clock, String runId, Standard standard)
            throws IOException, BatchRefusedException {
        Input input = new Input(files, standard.input());
        long size = input.size();
        BatchOutput output =
                files.toStandardOutput() ? StreamOutput.open(files, standard.output()) : Ledger.open(files, size);
        try {
            if (files.fromStandardInput() && output.state().read().bytes() > 0) {
                throw new BatchRefusedException(
                        "a batch from standard input cannot be resumed; put the lines into a file, or name another --out");
            }
            return new Batch(input, settings, places, clock, runId, output);
        } catch (BatchRefusedException | RuntimeException e) {
            output.close();
            throw e;
        }
    }

    /**
     * Reads what earlier runs have read, which takes a second for some gigabytes: checks that it is what it was, and finds
     * the lines in it that are not done. To be called once, before {@link #send}.
     *
     * @throws BatchRefusedException if the input has changed, or cannot be read
     */
    public void catchUp() throws BatchRefusedException {
        try {
            feed.catchUp(output.state());
        } catch (IOException e) {
            throw new BatchRefusedException(
                    "cannot read %s: %s".formatted(input.files().input(), e.getMessage()));
        }
    }

    /**
     * Sends the lines, as many at once as may be; returns when the last was sent, or when the batch is stopped.
     *
     * @param pipeline takes a line and returns soon; the line ends later
     */
    public void send(Consumer<BatchLine> pipeline) throws InterruptedException {
        LineParser parser = settings.parser();
        Bounds bounds = settings.bounds();
        try {
            boolean more = true;
            while (more && window.enter(bounds.deadline())) {
                more = sendNext(parser, pipeline);
            }
            if (more && window.isOpen()) {
                atDeadline(parser);
            }
        } catch (IOException e) {
            window.leave(1);
            giveUp(
                    Stop.Kind.INPUT,
                    "cannot read %s after %d lines: %s; mend it and run the same command again"
                            .formatted(input.files().input(), feed.read().lines(), e.getMessage()));
        }
    }

    /** Waits until every line that was sent has ended and is on disk. */
    public void awaitEnds() throws InterruptedException {
        window.awaitEmptyOr(() -> false, null);
    }

    /** Takes no more lines; those in hand may end, those that are parked are left for the next run. */
    public void stop() {
        window.close();
    }

    /** No more lines will end: whoever waits need not wait any longer. */
    public void abandon() {
        window.abandon();
    }

    public boolean isStopping() {
        return !window.isOpen();
    }

    /** Counts the lines of the file beside the run; does nothing for standard input. */
    public void countAhead() {
        if (input.files().fromStandardInput()) {
            return;
        }
        Thread thread = new Thread(this::countTotal, "batch-count");
        thread.setDaemon(true);
        thread.start();
    }

    public Counts counts() {
        return new Counts(total, resumed, answered.get(), failed.get(), byCode);
    }

    /** What all runs of the batch have used together. */
    public Use used() {
        return account.spent();
    }

    /** Why the batch has not gone on although nobody stopped it; null if it has. */
    public @Nullable Stop stopped() {
        return stopped.get();
    }

    /** Writes what has ended, and lets go of the files. */
    @Override
    public void close() throws IOException {
        stop();
        try {
            committer.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            output.close();
            feed.close();
        }
    }

    /** The same in every run; another batch, also of the same lines, has another. */
    public String id() {
        return output.id();
    }

    /** Has it told whether the end of a line is on disk, or that the line is asked again. */
    void promise(long number, CompletableFuture<Boolean> kept) {
        promises.put(number, kept);
    }

    private void keep(long number, boolean kept) {
        CompletableFuture<Boolean> promise = promises.remove(number);
        if (promise != null) {
            promise.complete(kept);
        }
    }

    String runId() {
        return runId;
    }

    BatchSettings settings() {
        return settings;
    }

    /** Whether the deadline has come. */
    boolean isLate() {
        return settings.bounds().isPast(clock);
    }

    /** A line was answered, and this is what is written of it. */
    void answered(BatchLine line, Ended ended) {
        account.settle(line.estimate(), ended.use());
        end(ended, BatchReport.ANSWERED);
        refusals.answered().forEach(this::endHeld);
    }

    Use used(BatchLine line, byte[] answer) {
        return account.used(line.estimate(), answer);
    }

    /** Why a line has failed; status 0: without a response. */
    record Reason(int status, String code, String message) {}

    /** A line has failed for good. */
    void failed(BatchLine line, Ended ended, Reason reason) {
        account.settle(line.estimate(), ended.use());
        if (!concernsAll(reason.status(), reason.code())) {
            end(ended, reason.code());
            return;
        }
        if (refusals.hold(new Refusals.Held(ended, reason.code()))) {
            giveUp(
                    Stop.Kind.REFUSED,
                    "%d calls in a row were refused with %s, and no line is written for them: %s; then run the same command again (batch.stop-after-refusals)"
                            .formatted(settings.bounds().refusals(), reason.code(), reason.message()));
        }
        keep(line.number(), true); // what it was refused with is of no use to the next run
        window.leave(1);
    }

    /** Whether other lines would be refused for the same reason. */
    boolean concernsAll(int status, String code) {
        return refusals.concerns(status, code);
    }

    /** A line was not sent, or not to its end, and stays to be done. */
    void left(BatchLine line) {
        keep(line.number(), true);
        account.settle(line.estimate(), Use.NONE);
        window.leave(1);
    }

    /** A line is to be sent again, not before a moment. */
    void parked(BatchLine line, SluiceException why, Instant until) {
        keep(line.number(), true);
        account.settle(line.estimate(), Use.NONE);
        parked.add(line, why, until);
        window.leave(1);
    }

    /** Sends a line, for which there is a place; false after the last one. */
    private boolean sendNext(LineParser parser, Consumer<BatchLine> pipeline) throws IOException, InterruptedException {
        window.sleep(earliest(parked.until(), settings.bounds().deadline()));
        BatchLine again = parked.poll();
        if (again != null) {
            return sendOrStop(again.again(), pipeline);
        }
        Line line = feed.next();
        if (line != null) {
            return sendOrStop(parsed(line, parser), pipeline);
        }
        window.leave(1);
        Instant latest = settings.bounds().expire() ? null : settings.bounds().deadline();
        if (!window.awaitEmptyOr(() -> !parked.isEmpty(), latest)) {
            giveUpAtDeadline();
            return false;
        }
        if (window.isOpen() && parked.isEmpty()) {
            total = feed.read().lines();
            refusals.release().forEach(this::endHeld);
            return false;
        }
        return window.isOpen();
    }

    private static Instant earliest(Instant one, @Nullable Instant other) {
        return other != null && other.isBefore(one) ? other : one;
    }

    private BatchLine parsed(Line line, LineParser parser) {
        ParsedLine parsed = parser.parse(line);
        long id = Ids.hash(parsed.customId());
        boolean mine = id == 0 || output.state().own(id);
        return new BatchLine(this, line.number(), mine ? parsed : Ids.duplicate(parsed), mine ? id : 0);
    }

    private boolean sendOrStop(BatchLine line, Consumer<BatchLine> pipeline) throws InterruptedException {
        try {
            Account.Estimate estimate = account.estimate(line.parsed());
            if (!account.reserve(estimate, window::isOpen)) {
                return budgetIsSpent();
            }
            BatchLine estimated = line.estimated(estimate);
            if (isStopping() || isLate()) {
                account.settle(estimate, Use.NONE);
                parked.add(estimated);
                window.leave(1);
            } else if (!estimated.failsAsItIs()) {
                pipeline.accept(estimated);
            }
            return !isStopping();
        } catch (Account.NoPriceException e) {
            window.leave(1);
            giveUp(Stop.Kind.BUDGET, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean budgetIsSpent() {
        window.leave(1);
        if (window.isOpen()) {
            Use spent = account.spent();
            giveUp(
                    Stop.Kind.BUDGET,
                    "the budget has no room for the next line (%s are used); run the same command again with a larger one"
                            .formatted(spent.shown()));
        }
        return false;
    }

    /** The deadline has come before the last line. */
    private void atDeadline(LineParser parser) throws IOException, InterruptedException {
        if (!settings.bounds().expire()) {
            giveUpAtDeadline();
            return;
        }
        boolean more = true;
        while (more && window.enter(null)) {
            BatchLine line = parked.poll();
            if (line == null) {
                Line next = feed.next();
                line = next == null ? null : parsed(next, parser);
            }
            if (line != null) {
                line.again().expired();
            } else {
                window.leave(1);
                window.awaitEmptyOr(() -> !parked.isEmpty(), null);
                more = !parked.isEmpty();
            }
        }
        total = feed.read().lines();
        refusals.release().forEach(this::endHeld);
    }

    private void giveUpAtDeadline() {
        giveUp(
                Stop.Kind.DEADLINE,
                "the deadline has come; run the same command again with a later one, or without, to go on");
    }

    private void end(Ended ended, String code) {
        byCode.merge(code, 1L, Long::sum);
        committer.add(ended);
    }

    private void endHeld(Refusals.Held held) {
        window.enterAgain();
        end(held.ended(), held.code());
    }

    private void countTotal() {
        try (LineReader reader = new LineReader(input.open(), 0)) {
            reader.next(number -> false);
            total = reader.position().lines();
        } catch (IOException e) {
            LOG.debug("lines not counted: {}", e.toString()); // the run meets the same, and says so
        }
    }

    private void giveUp(Stop.Kind kind, String why) {
        stopped.compareAndSet(null, new Stop(kind, why));
        stop();
    }

    /** What the writer tells. */
    private final class Written implements Committer.Listener {
        @Override
        public void written(List<Ended> group) {
            for (Ended ended : group) {
                (ended.failed() ? failed : answered).incrementAndGet();
                feed.done(ended.number());
                keep(ended.number(), true);
            }
            window.leave(group.size());
        }

        @Override
        public void dropped(List<Ended> group) {
            group.forEach(ended -> keep(ended.number(), false));
            window.leave(group.size());
        }

        @Override
        public void cannotWrite(Exception reason) {
            giveUp(
                    Stop.Kind.OUTPUT,
                    "cannot write %s or %s: %s; free space or mend the permissions, and run the same command again"
                            .formatted(input.files().output(), input.files().errors(), reason));
        }
    }
}
