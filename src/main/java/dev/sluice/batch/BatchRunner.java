package dev.sluice.batch;

import dev.sluice.progress.ProgressSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches that run inside a server: a thread each, places for lines in hand shared fairly, and a file for each that tells how
 * far it is ({@link StatusFile}). Thread-safe.
 */
public final class BatchRunner implements ProgressSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);
    private static final Duration LAST_WRITES = Duration.ofSeconds(10);

    private final Places places;
    private final Path state;
    private final Duration tryAgainAfter;
    private final Clock clock;
    private final Supplier<String> ids;
    private final Supplier<Consumer<BatchLine>> pipeline;
    private final Map<String, RunningBatch> running = new ConcurrentHashMap<>();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "batch-status");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /**
     * @param state where the status files are
     * @param keepStatus how long they stay after the end of their batch ({@code batch.keep-status})
     * @param tryAgainAfter how long a batch that has stopped by itself waits for its next try ({@code batch.try-again})
     * @param ids each is unique
     * @param pipeline asked for when the first batch starts
     */
    public BatchRunner(
            Places places,
            Path state,
            Duration keepStatus,
            Duration tryAgainAfter,
            Clock clock,
            Supplier<String> ids,
            Supplier<Consumer<BatchLine>> pipeline) {
        this.places = places;
        this.state = state;
        this.tryAgainAfter = tryAgainAfter;
        this.clock = clock;
        this.ids = ids;
        this.pipeline = pipeline;
        ticker.scheduleWithFixedDelay(this::tell, 1, 1, TimeUnit.SECONDS);
        ticker.scheduleWithFixedDelay(() -> BatchStatus.forget(state, keepStatus, clock), 0, 60, TimeUnit.SECONDS);
    }

    /**
     * A batch to run.
     *
     * @param name unique among those that run, and the name of its status file
     */
    public record Job(String name, BatchFiles files, BatchSettings settings) {}

    /** Starts a batch, new or begun earlier; {@code ended} is told when it has ended, on its thread. */
    RunningBatch start(Job job, Consumer<RunningBatch.Result> ended) {
        StatusFile status = new StatusFile(state.resolve(job.name() + StatusFile.SUFFIX), job, clock);
        RunningBatch batch = new RunningBatch(job, status);
        running.put(job.name(), batch);
        if (stopping) {
            batch.stop();
        }
        Thread thread = new Thread(() -> run(batch, ended), "batch-" + job.name());
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return batch;
    }

    @Override
    public List<Done> done() {
        return running.values().stream()
                .map(batch -> batch.counts().done(batch.job().files()))
                .toList();
    }

    Duration tryAgainAfter() {
        return tryAgainAfter;
    }

    /** Does something later; never, if it is closed before. */
    void later(Duration delay, Runnable task) {
        if (!stopping) {
            ticker.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    boolean isStopping() {
        return stopping;
    }

    /** Takes no more lines of any batch; those in hand may end, and all batches stay to be resumed. */
    public void stop() {
        stopping = true;
        running.values().forEach(RunningBatch::stop);
    }

    /** Waits until what has ended is written. */
    @Override
    public void close() throws InterruptedException {
        stop();
        running.values().forEach(RunningBatch::abandon);
        ticker.shutdownNow();
        long end = System.nanoTime() + LAST_WRITES.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        }
    }

    private void run(RunningBatch batch, Consumer<RunningBatch.Result> ended) {
        String name = batch.job().name();
        try {
            LOG.info("batch={} begins input={}", name, batch.job().files().input());
            RunningBatch.Result result = batch.run(places, clock, ids.get().substring(0, 8), pipeline.get());
            running.remove(name);
            log(name, result);
            ended.accept(result);
        } finally {
            threads.remove(Thread.currentThread());
        }
    }

    private static void log(String name, RunningBatch.Result result) {
        if (result.state() == RunningBatch.State.STOPPED && result.problem() != null) {
            LOG.warn("batch={} stopped {}: {}", name, result.shown(), result.problem());
        } else if (result.state() == RunningBatch.State.FAILED) {
            LOG.warn("batch={} failed: {}", name, result.problem());
        } else {
            LOG.info("batch={} {} {}", name, result.state().word(), result.shown());
        }
    }

    private void tell() {
        for (RunningBatch batch : running.values()) {
            try {
                batch.tell();
            } catch (IOException | RuntimeException e) {
                LOG.debug("status of {} not written: {}", batch.job().name(), e.toString());
            }
        }
    }
}
