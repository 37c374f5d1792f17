package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Api;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches of the <a href="https://platform.openai.com/docs/api-reference/batch">OpenAI Batch API</a>, run by Sluice: the same
 * objects and statuses, whatever the upstream is. Everything is on disk; a restart goes on where it was.
 *
 * <p>{@code validating → in_progress → finalizing → completed}, or {@code expired} when the completion window has ended,
 * {@code failed} when the file cannot be run, {@code cancelling → cancelled}. Thread-safe.
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
        for (String status : List.of("in_progress", "finalizing", "validating")) { // what was begun goes on first
            for (ApiStore.Stored stored : oldestFirst) {
                if (stored.object().path("status").asText().equals(status)) {
                    queue.add(new ApiQueue.Turn(stored.object().path("id").asText(), stored.owner()));
                }
            }
        }
        for (ApiStore.Stored stored : oldestFirst) {
            if (stored.object().path("status").asText().equals("cancelling")) {
                run(stored.object(), stored.owner());
            }
        }
        runNext();
    }

    /** Runs as many of those that wait as may run. */
    private synchronized void runNext() {
        if (runner.isStopping()) {
            return;
        }
        for (Optional<ApiQueue.Turn> next = queue.next(); next.isPresent(); next = queue.next()) {
            ApiQueue.Turn turn = next.get();
            try {
                run(store.load(ApiStore.Kind.BATCH, turn.batch(), turn.owner()), turn.owner());
            } catch (IOException | InvalidMessageException e) {
                queue.ended(turn.batch());
                LOG.error(
                        "batch={} cannot be begun: {}; it is tried again at the next start",
                        turn.batch(),
                        e.toString());
            }
        }
    }

    ObjectNode create(JsonNode request, ApiCaller owner) throws IOException, InvalidMessageException {
        String endpoint = text(request, "endpoint");
        if (Api.ofUrl(endpoint).isEmpty()) {
            throw new InvalidMessageException(
                    "invalid_endpoint",
                    "endpoint must be one of %s; others are not batched here".formatted(LineParser.URLS));
        }
        Duration window = window(text(request, "completion_window"));
        String input = text(request, "input_file_id");
        store.load(ApiStore.Kind.FILE, input, owner);
        long now = clock.instant().getEpochSecond();
        ObjectNode batch = store.newObject()
                .put("id", store.newId(ApiStore.Kind.BATCH))
                .put("object", "batch")
                .put("endpoint", endpoint)
                .putNull("errors")
                .put("input_file_id", input)
                .put("completion_window", text(request, "completion_window"))
                .put("status", "validating")
                .putNull("output_file_id")
                .putNull("error_file_id")
                .put("created_at", now)
                .putNull("in_progress_at")
                .put("expires_at", now + window.toSeconds())
                .putNull("finalizing_at")
                .putNull("completed_at")
                .putNull("failed_at")
                .putNull("expired_at")
                .putNull("cancelling_at")
                .putNull("cancelled_at");
        batch.set("request_counts", counts(0, 0, 0));
        batch.set("metadata", request.path("metadata").isObject() ? request.get("metadata") : null);
        store.save(batch, owner);
        synchronized (this) {
            queue.add(new ApiQueue.Turn(batch.path("id").asText(), owner));
            runNext();
        }
        return batch;
    }

    ObjectNode get(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        return live(store.load(ApiStore.Kind.BATCH, id, owner));
    }

    /** A batch with the counts of this moment, if it runs. */
    ObjectNode live(ObjectNode batch) {
        RunningBatch now = running.get(batch.path("id").asText());
        if (now != null) {
            Counts counts = now.counts();
            batch.set("request_counts", counts(Math.max(0, counts.total()), counts.answered(), counts.failed()));
        }
        return batch;
    }

    synchronized ObjectNode cancel(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        ObjectNode batch = get(id, owner);
        switch (batch.path("status").asText()) {
            case "validating", "in_progress" -> {
                stamp(batch, "cancelling");
                store.save(batch, owner);
                RunningBatch now = running.get(id);
                if (now != null) {
                    now.cancel();
                } else if (queue.remove(id)) {
                    run(batch.deepCopy(), owner); // to its end, without a line
                }
            }
            case "cancelling" -> {
                // once is enough
            }
            default ->
                throw new InvalidMessageException(
                        409,
                        "conflict",
                        "a batch that is %s cannot be cancelled"
                                .formatted(batch.path("status").asText()));
        }
        return batch;
    }

    private synchronized void run(ObjectNode batch, ApiCaller owner) throws IOException {
        String id = batch.path("id").asText();
        Path input = store.content(batch.path("input_file_id").asText());
        Path output = store.content(outputId(id));
        Bounds bounds = new Bounds(
                Instant.ofEpochSecond(batch.path("expires_at").asLong()),
                true,
                settings.bounds().tokens(),
                settings.bounds().nanos(),
                settings.bounds().refusals());
        BatchRunner.Job job = new BatchRunner.Job(
                id,
                new BatchFiles(input, output, store.content(errorsId(id))),
                settings.within(bounds)
                        .of(new Origin(
                                Api.ofUrl(batch.path("endpoint").asText()).orElse(null),
                                owner.tenant(),
                                owner.models())));
        boolean cancelling = batch.path("status").asText().equals("cancelling");
        if (!cancelling) {
            stamp(batch, "in_progress");
            store.save(batch, owner);
        }
        RunningBatch started = runner.start(job, result -> ended(id, owner, job.files(), result));
        running.put(id, started);
        if (cancelling) {
            started.cancel();
        }
    }

    private synchronized void ended(String id, ApiCaller owner, BatchFiles made, RunningBatch.Result result) {
        try {
            running.remove(id);
            if (result.state() == RunningBatch.State.STOPPED && result.kind() == null) {
                return; // with its server, and goes on with the next one
            }
            ObjectNode batch = store.load(ApiStore.Kind.BATCH, id, owner);
            Counts counts = result.counts();
            batch.set(
                    "request_counts",
                    counts(Math.max(counts.done(), counts.total()), counts.answered(), counts.failed()));
            batch.put("finalizing_at", now());
            batch.put("output_file_id", files.created(outputId(id), id + "_output.jsonl", owner));
            batch.put("error_file_id", files.created(errorsId(id), id + "_error.jsonl", owner));
            stamp(batch, status(batch, result));
            if (result.problem() != null) {
                batch.set("errors", errors(result));
            }
            store.save(batch, owner);
            Files.deleteIfExists(made.ledger());
        } catch (IOException | InvalidMessageException | RuntimeException e) {
            LOG.error(
                    "batch={} has ended, which could not be noted: {}; it is looked at again at the next start",
                    id,
                    e.toString());
        } finally {
            queue.ended(id);
            runNext();
        }
    }

    private static String status(ObjectNode batch, RunningBatch.Result result) {
        return switch (result.state()) {
            case COMPLETED -> result.counts().byCode().containsKey("batch_expired") ? "expired" : "completed";
            case CANCELLED -> "cancelled";
            default -> batch.path("status").asText().equals("cancelling") ? "cancelled" : "failed";
        };
    }

    private ObjectNode errors(RunningBatch.Result result) {
        ObjectNode errors = store.newObject().put("object", "list");
        errors.putArray("data")
                .addObject()
                .put(
                        "code",
                        result.kind() == null ? "error" : result.kind().name().toLowerCase(java.util.Locale.ROOT))
                .put("message", result.problem())
                .putNull("param")
                .putNull("line");
        return errors;
    }

    private void stamp(ObjectNode batch, String status) {
        batch.put("status", status).put(status + "_at", now());
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private ObjectNode counts(long total, long completed, long failed) {
        return store.newObject().put("total", total).put("completed", completed).put("failed", failed);
    }

    private static String outputId(String batchId) {
        return batchId.replace("batch_", "file-").replaceFirst(".$", "0");
    }

    private static String errorsId(String batchId) {
        return batchId.replace("batch_", "file-").replaceFirst(".$", "1");
    }

    private static Duration window(String text) throws InvalidMessageException {
        @Nullable
        Duration window = text.matches("[1-9]\\d{0,3}[hd]")
                ? Duration.parse(text.endsWith("h") ? "PT" + text.toUpperCase() : "P" + text.toUpperCase())
                : null;
        if (window == null) {
            throw new InvalidMessageException("invalid_completion_window", "completion_window must be like 24h or 7d");
        }
        return window;
    }

    private static String text(JsonNode request, String field) throws InvalidMessageException {
        String text = request.path(field).asText();
        if (text.isEmpty()) {
            throw new InvalidMessageException("missing_required_parameter", field + " is missing");
        }
        return text;
    }
}
