package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches of the <a href="https://platform.openai.com/docs/api-reference/batch">OpenAI Batch API</a>, run by Sluice: the same
 * objects and statuses, whatever the upstream is. Everything is on disk; a restart goes on where it was.
 *
 * <p>{@code validating → in_progress → finalizing → completed}, or {@code expired} when the completion window has ended,
 * {@code failed} when the file cannot be run, {@code cancelling → cancelled}. One that has stopped by itself (its budget is
 * spent, every call is refused, the disk is full) stays {@code in_progress}, says why in {@code errors}, and is tried again
 * until its window ends. Thread-safe.
 */
public final class BatchApi {
    private static final Logger LOG = LoggerFactory.getLogger(BatchApi.class);

    private final ApiStore store;
    private final ApiFiles files;
    private final BatchRunner runner;
    private final BatchSettings settings;
    private final Clock clock;
    private final ApiQueue queue;
    private final Map<String, RunningBatch> running = new ConcurrentHashMap<>();
    private final Set<String> paused = new HashSet<>();

    /**
     * @param folder where objects and files are kept ({@code batch.api})
     * @param atOnce how many run at once, the others wait ({@code batch.files-at-once})
     */
    public BatchApi(Path folder, BatchRunner runner, BatchSettings settings, int atOnce, Clock clock) {
        this.store = new ApiStore(folder);
        this.files = new ApiFiles(store, clock);
        this.runner = runner;
        this.settings = settings;
        this.queue = new ApiQueue(atOnce);
        this.clock = clock;
    }

    ApiFiles files() {
        return files;
    }

    ApiStore store() {
        return store;
    }

    /** Goes on with the batches that an earlier process has not brought to their end. */
    public synchronized void resume() throws IOException {
        List<ApiStore.Stored> oldestFirst = store.all(ApiStore.Kind.BATCH);
        Collections.reverse(oldestFirst);
        tidyUp(oldestFirst);
        for (String status : List.of("in_progress", "finalizing", "validating")) { // what was begun goes on first
            for (ApiStore.Stored stored : oldestFirst) {
                BatchObject batch = new BatchObject(stored.object());
                if (batch.status().equals(status)) {
                    queue.add(new ApiQueue.Turn(batch.id(), stored.owner()));
                }
            }
        }
        for (ApiStore.Stored stored : oldestFirst) {
            BatchObject batch = new BatchObject(stored.object());
            if (batch.status().equals("cancelling")) {
                run(batch, stored.owner());
            }
        }
        runNext();
    }

    /** Removes what is left of a batch whose process was killed between its end and the removal. */
    private void tidyUp(List<ApiStore.Stored> stored) {
        List<BatchObject> batches =
                stored.stream().map(each -> new BatchObject(each.object())).toList();
        Set<String> needed = new HashSet<>();
        batches.stream().filter(batch -> !batch.hasEnded()).forEach(batch -> needed.add(batch.inputFile()));
        for (BatchObject batch : batches) {
            if (batch.hasEnded()) {
                tidyUp(batch, needed.contains(batch.inputFile()));
            }
        }
    }

    private void tidyUp(BatchObject ended, boolean inputIsNeeded) {
        try {
            Files.deleteIfExists(files(ended).ledger());
            if (!inputIsNeeded) {
                files.forget(ended.inputFile());
            }
        } catch (IOException e) {
            LOG.warn("batch={} has ended, and what is left of it cannot be removed: {}", ended.id(), e.toString());
        }
    }

    synchronized ObjectNode create(JsonNode request, ApiCaller owner) throws IOException, InvalidMessageException {
        BatchObject batch = BatchObject.requested(request, store.newId(ApiStore.Kind.BATCH), clock.instant());
        store.load(ApiStore.Kind.FILE, batch.inputFile(), owner); // is it there?
        store.save(batch.json(), owner);
        queue.add(new ApiQueue.Turn(batch.id(), owner));
        runNext();
        return batch.json();
    }

    ObjectNode get(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        return live(store.load(ApiStore.Kind.BATCH, id, owner));
    }

    /** A batch with the counts of this moment, if it runs. */
    ObjectNode live(ObjectNode stored) {
        BatchObject batch = new BatchObject(stored);
        RunningBatch now = running.get(batch.id());
        if (now != null) {
            batch.counts(now.counts());
        }
        return stored;
    }

    synchronized ObjectNode cancel(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        ObjectNode shown = get(id, owner);
        BatchObject batch = new BatchObject(shown);
        switch (batch.status()) {
            case "validating", "in_progress" -> {
                batch.enter("cancelling", clock.instant());
                store.save(shown, owner);
                RunningBatch now = running.get(id);
                if (now != null) {
                    now.cancel();
                } else if (queue.remove(id) || paused.remove(id)) {
                    run(new BatchObject(shown.deepCopy()), owner); // to its end, without a line
                }
            }
            case "cancelling" -> {
                // once is enough
            }
            default ->
                throw new InvalidMessageException(
                        409, "conflict", "a batch that is %s cannot be cancelled".formatted(batch.status()));
        }
        return shown;
    }

    /** Deletes a file; batches that have it as their input and have not ended go on with it. */
    synchronized ObjectNode deleteFile(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        return files.deleted(id, owner, isNeeded(id));
    }

    private boolean isNeeded(String file) throws IOException {
        return store.all(ApiStore.Kind.BATCH).stream()
                .map(stored -> new BatchObject(stored.object()))
                .anyMatch(batch -> !batch.hasEnded() && batch.inputFile().equals(file));
    }

    /** Runs as many of those that wait as may run. */
    private synchronized void runNext() {
        if (runner.isStopping()) {
            return;
        }
        for (Optional<ApiQueue.Turn> next = queue.next(); next.isPresent(); next = queue.next()) {
            ApiQueue.Turn turn = next.get();
            try {
                BatchObject batch = new BatchObject(store.load(ApiStore.Kind.BATCH, turn.batch(), turn.owner()));
                if (batch.hasEnded()) { // and was only looked at again
                    queue.ended(turn.batch());
                } else {
                    run(batch, turn.owner());
                }
            } catch (InvalidMessageException e) {
                queue.ended(turn.batch());
                LOG.error("batch={} cannot be begun: somebody has removed it from batch.api", turn.batch());
            } catch (IOException | RuntimeException e) {
                queue.ended(turn.batch());
                LOG.error(
                        "batch={} cannot be begun: {}; it is tried again (batch.try-again)",
                        turn.batch(),
                        e.toString());
                pause(turn, runner.tryAgainAfter());
            }
        }
    }

    private synchronized void run(BatchObject batch, ApiCaller owner) throws IOException {
        String id = batch.id();
        Bounds bounds = new Bounds(
                batch.expiresAt(),
                true,
                settings.bounds().tokens(),
                settings.bounds().nanos(),
                settings.bounds().refusals());
        BatchRunner.Job job = new BatchRunner.Job(
                id, files(batch), settings.within(bounds).of(new Origin(batch.api(), owner.tenant(), owner.models())));
        boolean cancelling = batch.status().equals("cancelling");
        if (!cancelling) {
            batch.begin(clock.instant());
            store.save(batch.json(), owner);
        }
        RunningBatch started = runner.start(job, result -> ended(new ApiQueue.Turn(id, owner), result));
        running.put(id, started);
        if (cancelling) {
            started.cancel();
        }
    }

    private BatchFiles files(BatchObject batch) {
        return new BatchFiles(
                store.content(batch.inputFile()), store.content(batch.outputFile()), store.content(batch.errorFile()));
    }

    private synchronized void ended(ApiQueue.Turn turn, RunningBatch.Result result) {
        try {
            running.remove(turn.batch());
            if (result.state() == RunningBatch.State.STOPPED && result.kind() == null) {
                return; // with its server, and goes on with the next one
            }
            BatchObject batch = new BatchObject(store.load(ApiStore.Kind.BATCH, turn.batch(), turn.owner()));
            batch.counts(result.counts());
            batch.problem(result);
            if (result.state() == RunningBatch.State.STOPPED && batch.status().equals("in_progress")) {
                store.save(batch.json(), turn.owner());
                pause(turn, untilNextTry(batch));
            } else {
                end(batch, turn.owner(), result);
            }
        } catch (IOException | InvalidMessageException | RuntimeException e) {
            LOG.error(
                    "batch={} has ended, which could not be noted: {}; it is looked at again (batch.try-again)",
                    turn.batch(),
                    e.toString());
            pause(turn, runner.tryAgainAfter());
        } finally {
            queue.ended(turn.batch());
            runNext();
        }
    }

    private void end(BatchObject batch, ApiCaller owner, RunningBatch.Result result) throws IOException {
        batch.json().put("finalizing_at", clock.instant().getEpochSecond());
        batch.json()
                .put("output_file_id", files.created(batch.outputFile(), batch.id() + "_output.jsonl", owner))
                .put("error_file_id", files.created(batch.errorFile(), batch.id() + "_error.jsonl", owner));
        batch.enter(status(batch, result), clock.instant());
        store.save(batch.json(), owner);
        tidyUp(batch, isNeeded(batch.inputFile()));
    }

    private static String status(BatchObject batch, RunningBatch.Result result) {
        return switch (result.state()) {
            case COMPLETED -> result.counts().byCode().containsKey("batch_expired") ? "expired" : "completed";
            case CANCELLED -> "cancelled";
            default -> batch.status().equals("cancelling") ? "cancelled" : "failed";
        };
    }

    /** Until it is tried again, or until the end of its window if that comes before. */
    private Duration untilNextTry(BatchObject batch) {
        Duration left = Duration.between(clock.instant(), batch.expiresAt());
        boolean endsBefore = !left.isNegative() && left.compareTo(runner.tryAgainAfter()) < 0;
        return endsBefore ? left : runner.tryAgainAfter();
    }

    private void pause(ApiQueue.Turn turn, Duration wait) {
        paused.add(turn.batch());
        runner.later(wait, () -> tryAgain(turn));
    }

    private synchronized void tryAgain(ApiQueue.Turn turn) {
        if (paused.remove(turn.batch())) {
            queue.add(turn);
            runNext();
        }
    }
}
