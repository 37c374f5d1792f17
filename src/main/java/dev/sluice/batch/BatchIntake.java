package dev.sluice.batch;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperations;
import org.apache.camel.component.file.GenericFileProcessStrategy;
import org.apache.camel.support.AsyncProcessorSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches that are dropped into the batch inbox: when a file is taken, and where it goes in the end; Camel's hook into its
 * file consumer ({@code processStrategy}).
 *
 * <p>A file is taken once it has been unchanged for {@code folder.quiet-ms}, and stays in the inbox until its last line is
 * done, so a restart takes it again and resumes it. What cannot be run moves to the failed folder beside its reason. What
 * has stopped by itself stays, and is tried again later ({@code batch.try-again}).
 */
public final class BatchIntake implements GenericFileProcessStrategy<File> {
    private static final Logger LOG = LoggerFactory.getLogger(BatchIntake.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TAKEN = "SluiceBatchTaken";
    private static final String RESULT = "SluiceBatchResult";

    private final BatchFolder folder;
    private final BatchRunner runner;
    private final BatchSettings settings;
    private final Clock clock;
    private final Map<Path, Instant> notBefore = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean ready;

    public BatchIntake(BatchFolder folder, BatchRunner runner, BatchSettings settings, Clock clock) {
        this.folder = folder;
        this.runner = runner;
        this.settings = settings;
        this.clock = clock;
    }

    /** An input as it was taken. */
    private record Taken(Path file, long bytes, FileTime modified) {
        static Taken of(Path file) throws IOException {
            return new Taken(file, Files.size(file), Files.getLastModifiedTime(file));
        }
    }

    /** Whether files are taken. */
    public boolean ready() {
        return ready;
    }

    /** The step of the route that runs the batch of its file; it ends when the batch does. */
    public AsyncProcessor run() {
        return new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                Path input = taken(exchange).file;
                String name = input.getFileName().toString();
                running.incrementAndGet();
                runner.start(new BatchRunner.Job(name, folder.files(input), settings), result -> {
                    running.decrementAndGet();
                    exchange.setProperty(RESULT, result);
                    callback.done(false);
                });
                return false;
            }
        };
    }

    @Override
    public void prepareOnStartup(GenericFileOperations<File> operations, GenericFileEndpoint<File> endpoint)
            throws Exception {
        folder.forgetWhatIsDone();
        ready = true;
    }

    @Override
    public boolean begin(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file)
            throws Exception {
        Path path = file.getFile().toPath();
        if (running.get() >= folder.atOnce()
                || clock.instant().isBefore(notBefore.getOrDefault(path, Instant.EPOCH))
                || !Files.exists(path)) {
            return false;
        }
        Taken taken = Taken.of(path);
        Duration age = Duration.between(taken.modified.toInstant(), clock.instant());
        if (age.abs().compareTo(folder.quiet()) < 0) {
            return false;
        }
        exchange.setProperty(TAKEN, taken);
        return true;
    }

    @Override
    public void commit(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file)
            throws Exception {
        Taken taken = taken(exchange);
        RunningBatch.Result result =
                Objects.requireNonNull(exchange.getProperty(RESULT, RunningBatch.Result.class), "result");
        switch (result.state()) {
            case COMPLETED -> end(taken, null);
            case FAILED -> end(taken, String.valueOf(result.problem()));
            default -> {
                if (result.kind() != null) {
                    notBefore.put(taken.file, clock.instant().plus(runner.tryAgainAfter()));
                }
            }
        }
    }

    @Override
    public void rollback(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        Path path = file.getFile().toPath();
        notBefore.put(path, clock.instant().plus(runner.tryAgainAfter()));
        LOG.warn("batch={} stays in the inbox: {}", path.getFileName(), String.valueOf(exchange.getException()));
    }

    @Override
    public void abort(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        // not taken: nothing to undo
    }

    /** Takes an input out of the inbox, and lets its ledger go: the same name is another batch from now on. */
    private void end(Taken taken, @Nullable String problem) throws IOException {
        notBefore.remove(taken.file);
        BatchFiles files = folder.files(taken.file); // by its ledger
        if (!Files.exists(taken.file)) {
            LOG.warn(
                    "batch={} was removed from the inbox while it ran; {} has what was answered",
                    taken.file.getFileName(),
                    files.output());
        } else if (problem != null) {
            fail(taken, problem);
        } else if (!Taken.of(taken.file).equals(taken)) {
            fail(
                    taken,
                    "it was changed while it was being answered; %s has what was answered".formatted(files.output()));
        } else {
            folder.move(taken.file, folder.done());
        }
        Files.deleteIfExists(files.ledger());
    }

    private void fail(Taken taken, String problem) throws IOException {
        Path moved = folder.move(taken.file, folder.failed());
        WholeFile.replaceDurably(
                moved.resolveSibling(moved.getFileName() + ".error.json"),
                JSON.writeValueAsBytes(JSON.createObjectNode()
                        .put("file", taken.file.getFileName().toString())
                        .put("at", clock.instant().toString())
                        .put("code", "invalid_batch")
                        .put("message", problem)));
    }

    private static Taken taken(Exchange exchange) {
        return Objects.requireNonNull(exchange.getProperty(TAKEN, Taken.class), "not a file of the batch inbox");
    }
}
