package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Api;
import dev.sluice.intake.InvalidMessageException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A batch as <a href="https://platform.openai.com/docs/api-reference/batch/object">OpenAI's API</a> shows it.
 *
 * @param json changed by the methods that change it
 */
record BatchObject(ObjectNode json) {
    private static final Set<String> ENDED = Set.of("completed", "failed", "expired", "cancelled");
    private static final List<String> MOMENTS = List.of(
            "in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled"); // each with _at

    /**
     * What a client has asked for, not begun yet.
     *
     * @throws InvalidMessageException naming the field that is missing or wrong
     */
    static BatchObject requested(JsonNode request, String id, Instant now) throws InvalidMessageException {
        String endpoint = text(request, "endpoint");
        if (Api.ofUrl(endpoint).isEmpty()) {
            throw new InvalidMessageException(
                    "invalid_endpoint",
                    "endpoint must be one of %s; others are not batched here".formatted(LineParser.URLS));
        }
        String window = text(request, "completion_window");
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "batch")
                .put("endpoint", endpoint)
                .putNull("errors")
                .put("input_file_id", text(request, "input_file_id"))
                .put("completion_window", window)
                .put("status", "validating")
                .putNull("output_file_id")
                .putNull("error_file_id")
                .put("created_at", now.getEpochSecond())
                .put("expires_at", now.plus(window(window)).getEpochSecond());
        MOMENTS.forEach(moment -> json.putNull(moment + "_at"));
        json.set("metadata", request.path("metadata").isObject() ? request.get("metadata") : null);
        BatchObject batch = new BatchObject(json);
        batch.counts(0, 0, 0);
        return batch;
    }

    String id() {
        return json.path("id").asText();
    }

    String status() {
        return json.path("status").asText();
    }

    boolean hasEnded() {
        return ENDED.contains(status());
    }

    Api api() {
        return Api.ofUrl(json.path("endpoint").asText()).orElseThrow();
    }

    String inputFile() {
        return json.path("input_file_id").asText();
    }

    /** The id of the file of answers, there or not. */
    String outputFile() {
        return id().replace("batch_", "file-").replaceFirst(".$", "0");
    }

    /** The id of the file of errors, there or not. */
    String errorFile() {
        return id().replace("batch_", "file-").replaceFirst(".$", "1");
    }

    Instant expiresAt() {
        return Instant.ofEpochSecond(json.path("expires_at").asLong());
    }

    /** Enters a status, of which it keeps the moment. */
    void enter(String status, Instant now) {
        json.put("status", status).put(status + "_at", now.getEpochSecond());
    }

    /** It runs, for the first time or again. */
    void begin(Instant now) {
        if (!status().equals("in_progress")) {
            enter("in_progress", now);
        }
        json.putNull("errors");
    }

    /** Says nothing of a batch that could not even be opened. */
    void counts(Counts counts) {
        if (counts.total() < 0 && counts.done() == 0) {
            return;
        }
        counts(Math.max(counts.done(), counts.total()), counts.answered(), counts.failed());
    }

    private void counts(long total, long completed, long failed) {
        json.putObject("request_counts")
                .put("total", total)
                .put("completed", completed)
                .put("failed", failed);
    }

    /** Why it does not go on, or has failed, if it has. */
    void problem(RunningBatch.Result result) {
        if (result.problem() == null) {
            return;
        }
        json.putObject("errors")
                .put("object", "list")
                .putArray("data")
                .addObject()
                .put(
                        "code",
                        result.kind() == null ? "error" : result.kind().name().toLowerCase(Locale.ROOT))
                .put("message", result.problem())
                .putNull("param")
                .putNull("line");
    }

    private static Duration window(String text) throws InvalidMessageException {
        if (!text.matches("[1-9]\\d{0,3}[hd]")) {
            throw new InvalidMessageException("invalid_completion_window", "completion_window must be like 24h or 7d");
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return text.endsWith("h") ? Duration.ofHours(number) : Duration.ofDays(number);
    }

    private static String text(JsonNode request, String field) throws InvalidMessageException {
        String text = request.path(field).asText();
        if (text.isEmpty()) {
            throw new InvalidMessageException("missing_required_parameter", field + " is missing");
        }
        return text;
    }
}
