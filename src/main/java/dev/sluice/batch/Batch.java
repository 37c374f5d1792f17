package dev.sluice.batch;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
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
    private final BatchRun run;
    private final Endings endings;

    private Batch(Input input, BatchRun run) {
        this.input = input;
        this.run = run;
        this.endings = new Endings(run);
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
            return new Batch(input, BatchRun.of(input, settings, places, clock, runId, output));
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
            run.feed().catchUp(run.output().state());
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
        new Sending(run, endings, pipeline).send();
    }

    /** The same in every run; another batch, also of the same lines, has another. */
    public String id() {
        return run.output().id();
    }

    /** Waits until every line that was sent has ended and is on disk. */
    public void awaitEnds() throws InterruptedException {
        run.window().awaitEmptyOr(() -> false, null);
    }

    /** Takes no more lines; those in hand may end, those that are parked are left for the next run. */
    public void stop() {
        run.window().close();
    }

    /** No more lines will end: whoever waits need not wait any longer. */
    public void abandon() {
        run.window().abandon();
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
        return run.counts().now();
    }

    /** What all runs of the batch have used together. */
    public Use used() {
        return run.account().spent();
    }

    /** Why the batch has not gone on although nobody stopped it; null if it has. */
    public @Nullable Stop stopped() {
        return run.stop().get();
    }

    /** Writes what has ended, and lets go of the files. */
    @Override
    public void close() throws IOException {
        stop();
        try {
            endings.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            run.output().close();
            run.feed().close();
        }
    }

    private void countTotal() {
        Mark known = run.output().state().prefix();
        try (InputStream in = input.open()) {
            in.skipNBytes(known.bytes());
            LineReader rest = new LineReader(in, 0);
            rest.next(number -> false);
            run.counts().total(known.lines() + rest.position().lines());
        } catch (IOException e) {
            LOG.debug("lines not counted: {}", e.toString()); // the run meets the same, and says so
        }
    }
}
