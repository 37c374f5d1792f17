package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Api;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line: {@code {"custom_id":…,"method":"POST","url":"/v1/chat/completions","body":{…}}} of the
 * <a href="https://platform.openai.com/docs/guides/batch">OpenAI Batch format</a>, or a bare chat body as the OpenAI
 * cookbook's script takes it, with {@code metadata} to echo. The body is cut out byte for byte.
 *
 * <p>The line is walked through once, without building a tree of it; whether the body can be sent is the pipeline's to
 * check. Codes of faults are those of OpenAI where it has one.
 */
final class LineParser {
    static final String URLS = Arrays.stream(Api.values()).map(Api::url).collect(Collectors.joining(", "));

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(1000)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNumberLength(100_000)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

    private final int maxBytes;
    private final @Nullable String model;
    private final Origin origin;

    /**
     * @param maxBytes the longest line, for the message
     * @param model the model to ask whatever a line says, null for the line's own
     * @param origin what lines may ask
     */
    LineParser(int maxBytes, @Nullable String model, Origin origin) {
        this.maxBytes = maxBytes;
        this.model = model;
        this.origin = origin;
    }

    /** The top level of a line, as far as it could be read. */
    private static final class Fields {
        private @Nullable JsonNode customId;
        private @Nullable JsonNode method;
        private @Nullable JsonNode url;
        private boolean metadata;
        private boolean messages;
        private @Nullable JsonToken body;
        private int bodyFrom;
        private int bodyTo;

        private @Nullable String id() {
            return customId != null && customId.isTextual() ? customId.textValue() : null;
        }

        private boolean isBare() {
            return body == null && method == null && url == null && messages;
        }
    }

    ParsedLine parse(Line line) {
        if (line.tooLong()) {
            return ParsedLine.wrong(
                    null,
                    "line_too_long",
                    "the line has %d bytes, the limit is batch.max-line-bytes=%d; shorten it or raise the limit"
                            .formatted(line.length(), maxBytes));
        }
        Fields fields = new Fields();
        try {
            if (!startsAsObject(line.bytes())) {
                return ParsedLine.wrong(null, "invalid_json_line", "the line is not a JSON object in UTF-8");
            }
            read(line.bytes(), fields);
            ParsedLine fault = fault(fields);
            return fault == null ? allowed(request(line.bytes(), fields)) : fault;
        } catch (JsonProcessingException e) {
            return ParsedLine.wrong(
                    fields.id(), "invalid_json_line", "the line is not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            return ParsedLine.wrong(fields.id(), "invalid_json_line", "the line is not valid JSON: " + e.getMessage());
        }
    }

    /** Keeps Jackson from guessing at other encodings than UTF-8. */
    private static boolean startsAsObject(byte[] line) {
        int first = 0;
        while (first < line.length && (line[first] == ' ' || line[first] == '\t')) {
            first++;
        }
        return first + 1 < line.length && line[first] == '{' && line[first + 1] != 0;
    }

    private static void read(byte[] line, Fields fields) throws IOException {
        try (JsonParser parser = JSON.getFactory().createParser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "custom_id" -> fields.customId = JSON.readTree(parser);
                    case "method" -> fields.method = JSON.readTree(parser);
                    case "url" -> fields.url = JSON.readTree(parser);
                    case "body" -> {
                        fields.body = value;
                        fields.bodyFrom = (int) parser.currentTokenLocation().getByteOffset();
                        parser.skipChildren();
                        fields.bodyTo = (int) parser.currentLocation().getByteOffset();
                    }
                    default -> {
                        fields.messages |= name.equals("messages");
                        fields.metadata |= name.equals("metadata");
                        parser.skipChildren();
                    }
                }
            }
            if (parser.nextToken() != null) {
                throw new JsonProcessingException("something follows the JSON object") {};
            }
        }
    }

    private @Nullable ParsedLine fault(Fields fields) {
        String id = fields.id();
        if (fields.customId != null && (id == null || id.isEmpty())) {
            return ParsedLine.wrong(null, "invalid_custom_id", "custom_id must be a string that is not empty");
        }
        if (fields.isBare() && (origin.api() == null || origin.api() == Api.CHAT)) {
            return null;
        }
        if (id == null) {
            return missing(null, "custom_id");
        }
        if (fields.method == null) {
            return missing(id, "method");
        }
        if (!fields.method.asText().equals("POST")) {
            return ParsedLine.wrong(id, "invalid_method", "method must be \"POST\", was " + shown(fields.method));
        }
        if (fields.url == null) {
            return missing(id, "url");
        }
        Optional<Api> api = Api.ofUrl(fields.url.asText());
        if (api.isEmpty()) {
            return ParsedLine.wrong(
                    id,
                    "invalid_url",
                    "url must be one of %s, a path without a host, was %s; the host is upstream.url"
                            .formatted(URLS, shown(fields.url)));
        }
        if (origin.api() != null && api.get() != origin.api()) {
            return ParsedLine.wrong(
                    id,
                    "invalid_url",
                    "url must be \"%s\", the endpoint of this batch, was %s"
                            .formatted(origin.api().url(), shown(fields.url)));
        }
        if (fields.body == null) {
            return missing(id, "body");
        }
        return fields.body == JsonToken.START_OBJECT
                ? null
                : ParsedLine.wrong(id, "invalid_request_error", "body must be a JSON object");
    }

    private static ParsedLine missing(@Nullable String id, String field) {
        return ParsedLine.wrong(
                id,
                "missing_required_parameter",
                "%s is missing; a line is {\"custom_id\",\"method\",\"url\",\"body\"}, or a bare chat body"
                        .formatted(field));
    }

    private ParsedLine request(byte[] line, Fields fields) throws IOException {
        byte[] body = fields.isBare() ? line : Arrays.copyOfRange(line, fields.bodyFrom, fields.bodyTo);
        boolean rewritten = model != null || fields.isBare() && (fields.metadata || fields.customId != null);
        Api api = fields.url == null ? Api.CHAT : Api.ofUrl(fields.url.asText()).orElseThrow();
        if (!rewritten || !(JSON.readTree(body) instanceof ObjectNode json)) {
            return new ParsedLine(fields.id(), api, body, null, null);
        }
        JsonNode metadata = null;
        if (fields.isBare()) {
            json.remove("custom_id");
            metadata = json.remove("metadata");
        }
        if (model != null) {
            json.put("model", model);
        }
        return new ParsedLine(fields.id(), api, JSON.writeValueAsBytes(json), metadata, null);
    }

    /** For who may not ask every model only: it means to read the body twice. */
    private ParsedLine allowed(ParsedLine line) throws IOException {
        if (origin.models().all()) {
            return line;
        }
        String asked = JSON.readTree(line.body()).path("model").asText();
        return origin.models().allow(asked)
                ? line
                : ParsedLine.wrong(
                        line.customId(),
                        "model_not_allowed",
                        "the key of this batch may not ask this model; it may ask "
                                + origin.models().names());
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
