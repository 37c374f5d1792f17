package dev.sluice.batch;

import dev.sluice.intake.SluiceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JSONL file on its way: each line that earlier runs have not done is sent, and ends in the output or in the errors.
 * No more lines are in hand than {@link BatchSettings#concurrent}, from being read until they are on disk; so a process
 * that is killed has asked for no more lines in vain.
 */
public final class Batch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private final Input input;
    private final BatchSettings settings;
    private final String runId;
    private final BatchOutput output;
    private final Window window;
    private final Committer committer;
    private final Waiting waiting = new Waiting(Clock.systemUTC());
    private final long resumed;
    private final Deque<Line> missed = new ArrayDeque<>();
    private @Nullable LineReader reader;
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Map<String, Long> byCode = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable String> problem = new AtomicReference<>();
    private volatile Position read;
    private volatile long total = -1;
    private volatile boolean unreadable;

    private Batch(Input input, BatchSettings settings, String runId, BatchOutput output) {
        this.input = input;
        this.settings = settings;
        this.runId = runId;
        this.output = output;
        this.window = new Window(settings.concurrent());
        this.read = output.state().read();
        answered.set(output.state().answered());
        failed.set(output.state().failed());
        this.resumed = answered.get() + failed.get();
        this.committer = new Committer(output, () -> read, new Written());
    }

    /**
     * Opens a batch, new or begun earlier.
     *
     * @param runId unique; it is part of the ids of requests and results
     * @throws BatchRefusedException if it cannot be begun or resumed: the message says why
     */
    public static Batch open(
            BatchFiles files,
            BatchSettings settings,
            String runId,
            InputStream standardInput,
            OutputStream standardOutput)
            throws IOException, BatchRefusedException {
        Input input = new Input(files, standardInput);
        long size = input.size();
        BatchOutput output =
                files.toStandardOutput() ? StreamOutput.open(files, standardOutput) : Ledger.open(files, size);
        try {
            if (files.fromStandardInput() && output.state().read().bytes() > 0) {
                throw new BatchRefusedException(
                        "a batch from standard input cannot be resumed; put the lines into a file, or name another --out");
            }
            return new Batch(input, settings, runId, output);
        } catch (BatchRefusedException | RuntimeException e) {
            output.close();
            throw e;
        }
    }

    /**
     * Reads what earlier runs have read, which takes a second for some hundred megabytes: checks that it is what it was,
     * and finds the lines in it that are not done. To be called once, before {@link #send}.
     *
     * @throws BatchRefusedException if the input has changed, or cannot be read
     */
    public void catchUp() throws BatchRefusedException {
        try {
            readAgain();
        } catch (IOException e) {
            throw new BatchRefusedException(
                    "cannot read %s: %s".formatted(input.files().input(), e.getMessage()));
        }
    }

    private void readAgain() throws IOException, BatchRefusedException {
        LedgerState known = output.state();
        LineReader lines = new LineReader(input.open(), settings.maxLineBytes());
        reader = lines;
        while (lines.position().bytes() < known.read().bytes()) {
            Line line = lines.next(number -> !known.isDone(number), known.read().bytes());
            if (line != null) {
                missed.add(line);
            } else if (lines.position().bytes() < known.read().bytes()) {
                throw Ledger.changed(input.files(), "it has become shorter");
            }
        }
        if (!lines.position().equals(known.read())) {
            throw Ledger.changed(
                    input.files(),
                    "the first %d bytes, which hold the %d lines that were read, are not the same"
                            .formatted(known.read().bytes(), known.read().lines()));
        }
    }

    /**
     * Sends the lines, as many at once as may be; returns when the last was sent, or when the batch is stopped.
     *
     * @param pipeline takes a line and returns soon; the line ends later
     */
    public void send(Consumer<BatchLine> pipeline) throws InterruptedException {
        waiting.goOnTo(pipeline);
        LineParser parser = new LineParser(settings.maxLineBytes(), settings.model());
        LineReader lines = Objects.requireNonNull(reader, "catchUp() comes before send()");
        try {
            while (window.enter()) {
                Line line = next(lines);
                if (line == null) {
                    total = read.lines();
                    return;
                }
                send(line, parser.parse(line), pipeline);
            }
        } catch (IOException e) {
            unreadable = true;
            giveUp("cannot read %s after %d lines: %s; mend it and run the same command again"
                    .formatted(input.files().input(), read.lines(), e.getMessage()));
        }
    }

    /** Waits until every line that was sent has ended and is on disk. */
    public void awaitEnds() throws InterruptedException {
        window.awaitEmpty();
    }

    /** Takes no more lines; those in hand may end, those that are parked are left for the next run. */
    public void stop() {
        window.close();
        waiting.stop();
    }

    /** No more lines will end: whoever waits need not wait any longer. */
    public void abandon() {
        window.abandon();
    }

    public boolean isStopping() {
        return window.isClosed();
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

    /** Why the batch cannot go on although nobody stopped it; null if it can. */
    public @Nullable String problem() {
        return problem.get();
    }

    /** Whether the {@link #problem()} is the input. */
    public boolean isUnreadable() {
        return unreadable;
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
            if (reader != null) {
                reader.close();
            }
        }
    }

    String runId() {
        return runId;
    }

    /** A line has ended as one of the output, or of the errors. */
    void ended(Ended line, String code) {
        byCode.merge(code, 1L, Long::sum);
        committer.add(line);
    }

    /** A line makes no sense to send before a moment: it keeps its place in the window, and is sent then. */
    void parked(BatchLine line, SluiceException why, Instant until) {
        waiting.add(line, why, until);
    }

    /** A line was not sent, and stays to be done. */
    void left() {
        window.leave(1);
    }

    /** The next line to send; without one, its place in the window is given back. */
    private @Nullable Line next(LineReader lines) throws IOException {
        Line line = missed.poll();
        try {
            if (line == null) {
                line = lines.next(number -> true);
                read = lines.position();
            }
            return line;
        } finally {
            if (line == null) {
                window.leave(1);
            }
        }
    }

    private void send(Line line, ParsedLine parsed, Consumer<BatchLine> pipeline) {
        long id = Ids.hash(parsed.customId());
        boolean mine = id == 0 || output.state().own(id);
        BatchLine batchLine = new BatchLine(this, line.number(), mine ? parsed : Ids.duplicate(parsed), mine ? id : 0);
        if (!batchLine.failsAsItIs()) {
            pipeline.accept(batchLine);
        }
    }

    private void countTotal() {
        try (LineReader reader = new LineReader(input.open(), 0)) {
            reader.next(number -> false);
            total = reader.position().lines();
        } catch (IOException e) {
            LOG.debug("lines not counted: {}", e.toString()); // the run meets the same, and says so
        }
    }

    private void giveUp(String why) {
        problem.compareAndSet(null, why);
        stop();
    }

    /** What the writer tells. */
    private final class Written implements Committer.Listener {
        @Override
        public void written(List<Ended> group) {
            for (Ended ended : group) {
                (ended.failed() ? failed : answered).incrementAndGet();
            }
            window.leave(group.size());
        }

        @Override
        public void dropped(List<Ended> group) {
            window.leave(group.size());
        }

        @Override
        public void cannotWrite(Exception reason) {
            giveUp("cannot write %s or %s: %s; free space or mend the permissions, and run the same command again"
                    .formatted(input.files().output(), input.files().errors(), reason));
        }
    }
}
