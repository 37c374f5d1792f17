package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.Api;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The top level of a line, as far as it could be read; what is deeper is walked over without building a tree of it. */
final class LineFields {
    private final ObjectMapper json;
    private @Nullable JsonNode customId;
    private @Nullable JsonNode method;
    private @Nullable JsonNode url;
    private boolean metadata;
    private @Nullable Api asked;
    private @Nullable JsonToken body;
    private int bodyFrom;
    private int bodyTo;

    LineFields(ObjectMapper json) {
        this.json = json;
    }

    /** @throws JsonProcessingException if it is not one JSON object; what came before the fault is known then */
    void read(byte[] line) throws IOException {
        try (JsonParser parser = json.getFactory().createParser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                field(name, parser.nextToken(), parser);
            }
            if (parser.nextToken() != null) {
                throw new JsonProcessingException("something follows the JSON object") {};
            }
        }
    }

    private void field(String name, JsonToken value, JsonParser parser) throws IOException {
        switch (name) {
            case "custom_id" -> customId = json.readTree(parser);
            case "method" -> method = json.readTree(parser);
            case "url" -> url = json.readTree(parser);
            case "body" -> {
                body = value;
                bodyFrom = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                bodyTo = (int) parser.currentLocation().getByteOffset();
            }
            default -> {
                metadata |= name.equals("metadata");
                asked = asked != null ? asked : askedBy(name);
                parser.skipChildren();
            }
        }
    }

    /** Which endpoint a bare body is for, by the field with its prompt: the cookbook's own lines are for embeddings. */
    private static @Nullable Api askedBy(String field) {
        return switch (field) {
            case "messages" -> Api.CHAT;
            case "input" -> Api.EMBEDDINGS;
            case "prompt" -> Api.COMPLETIONS;
            default -> null;
        };
    }

    boolean hasCustomId() {
        return customId != null;
    }

    /** Null if there is none, or it is not a string. */
    @Nullable
    String id() {
        return customId != null && customId.isTextual() ? customId.textValue() : null;
    }

    @Nullable
    JsonNode method() {
        return method;
    }

    @Nullable
    JsonNode url() {
        return url;
    }

    boolean hasMetadata() {
        return metadata;
    }

    /** What the body begins with; null if there is none. */
    @Nullable
    JsonToken body() {
        return body;
    }

    /** The body as it stands in the line. */
    byte[] bodyOf(byte[] line) {
        return Arrays.copyOfRange(line, bodyFrom, bodyTo);
    }

    /** The endpoint that the line as a whole is a body for; null if it has a body, or no prompt. */
    @Nullable
    Api bare() {
        return body == null && method == null && url == null ? asked : null;
    }
}
