package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The lines of output and errors, in the shape of the OpenAI Batch format:
 * {@code {"id":…,"custom_id":…,"response":{"status_code":…,"request_id":…,"body":…},"error":null}}.
 */
final class Results {
    private static final JsonFactory JSON = new ObjectMapper().getFactory();

    private Results() {}

    /** What every line of them says. */
    record Head(
            String id, @Nullable String customId, @Nullable JsonNode metadata) {}

    /** An answer; its body as it came, on one line. */
    static byte[] answer(Head head, String requestId, byte[] body) {
        return line(head, json -> {
            response(json, 200, requestId);
            json.writeFieldName("body");
            // a line end in JSON is white space: within a string it would be escaped
            json.writeRawValue(
                    new String(body, StandardCharsets.UTF_8).replace('\n', ' ').replace('\r', ' '));
            json.writeEndObject();
            json.writeNullField("error");
        });
    }

    /** What the upstream refused. */
    static byte[] refusal(Head head, int status, String requestId, String code, String message) {
        return line(head, json -> {
            response(json, status, requestId);
            json.writeObjectFieldStart("body");
            json.writeObjectFieldStart("error");
            json.writeStringField("message", message);
            json.writeStringField("code", code);
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
            json.writeNullField("error");
        });
    }

    /** What had no response. */
    static byte[] error(Head head, long line, String code, String message) {
        return line(head, json -> {
            json.writeNullField("response");
            json.writeObjectFieldStart("error");
            json.writeStringField("code", code);
            json.writeStringField("message", message);
            json.writeNumberField("line", line);
            json.writeEndObject();
        });
    }

    private interface Part {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] line(Head head, Part part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("id", head.id);
            json.writeStringField("custom_id", head.customId);
            if (head.metadata != null) {
                json.writeFieldName("metadata");
                json.writeTree(head.metadata);
            }
            part.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void response(JsonGenerator json, int status, String requestId) throws IOException {
        json.writeObjectFieldStart("response");
        json.writeNumberField("status_code", status);
        json.writeStringField("request_id", requestId);
    }
}
