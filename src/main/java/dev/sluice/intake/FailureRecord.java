package dev.sluice.intake;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.camel.Exchange;

/**
 * The record that is kept beside a message that failed, as {@code *.error.json}.
 *
 * @param requestId the request
 * @param at when it was given up, ISO 8601 in UTC
 * @param attempts how many calls were made, 0 if it was refused before
 * @param status HTTP status of the last attempt, 0 if there was no response
 * @param code a word for programs
 * @param message what happened and what to do, for people
 * @param retryable whether the same message may succeed later
 * @param happened what that means, see {@link Diagnosis}
 * @param causes the likely ones, the likeliest first
 * @param nextStep what to do
 */
@JsonPropertyOrder({
    "requestId",
    "at",
    "attempts",
    "status",
    "code",
    "message",
    "retryable",
    "happened",
    "causes",
    "nextStep"
})
public record FailureRecord(
        String requestId,
        String at,
        int attempts,
        int status,
        String code,
        String message,
        boolean retryable,
        String happened,
        List<String> causes,
        String nextStep) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What an exception of others says may quote a message, a header, a book. */
    private static final Secrets OTHERS = new Secrets("");

    /** The failure of an exchange; anything that is not a {@link SluiceException} is a fault of Sluice or of a route. */
    public static FailureRecord of(Exchange exchange, Exception failure, Instant now) {
        return of(Request.id(exchange), Request.attempts(exchange), failure, now);
    }

    /** The failure of a request that was called so many times. */
    static FailureRecord of(String requestId, int attempts, Exception failure, Instant now) {
        Diagnosis diagnosis = Diagnosis.of(failure);
        boolean known = failure instanceof SluiceException;
        return new FailureRecord(
                requestId,
                now.toString(),
                attempts,
                failure instanceof SluiceException e ? e.status() : 0,
                failure instanceof SluiceException e ? e.code() : "internal_error",
                known ? String.valueOf(failure.getMessage()) : OTHERS.redact(failure.toString()),
                !(failure instanceof SluiceException e) || e.retryable(),
                diagnosis.happened(),
                diagnosis.causes(),
                diagnosis.nextStep());
    }

    /** A record that was kept; one of an earlier version may lack what it did not know. */
    static FailureRecord parse(byte[] json) throws IOException {
        JsonNode record = JSON.readTree(json);
        return kept(
                record.path("requestId").asText("unknown"),
                record.path("at").asText(),
                record.path("attempts").asInt(),
                record.path("status").asInt(),
                record.path("code").asText(),
                record.path("message").asText(),
                record.path("retryable").asBoolean());
    }

    /** A record that was kept in parts; the diagnosis follows from the code and the status. */
    public static FailureRecord kept(
            String requestId, String at, int attempts, int status, String code, String message, boolean retryable) {
        Diagnosis diagnosis = Diagnosis.of(code, status);
        return new FailureRecord(
                requestId,
                at,
                attempts,
                status,
                code,
                message,
                retryable,
                diagnosis.happened(),
                diagnosis.causes(),
                diagnosis.nextStep());
    }

    /** The failure as JSON, indented. */
    public byte[] toJson() {
        try {
            return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a record of strings and numbers has a JSON form
        }
    }

    /** The record for a line of the log. */
    public String logFields() {
        return "attempts=%d status=%d code=%s retryable=%s: %s; likely: %s; next: %s"
                .formatted(attempts, status, code, retryable, message, String.join(", or ", causes), nextStep);
    }
}
