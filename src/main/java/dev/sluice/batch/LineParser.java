package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonFactory;
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
import dev.sluice.intake.ChatBody;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line: {@code {"custom_id":…,"method":"POST","url":"/v1/chat/completions","body":{…}}} of the
 * <a href="https://platform.openai.com/docs/guides/batch">OpenAI Batch format</a>, or a bare body as the
 * OpenAI cookbook's script takes it, with {@code metadata} to echo. The body is cut out byte for byte.
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
                    .errorReportConfiguration(ChatBody.WITHOUT_ITS_TEXT)
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

    ParsedLine parse(Line line) {
        if (line.tooLong()) {
            return ParsedLine.wrong(
                    null,
                    "line_too_long",
                    "the line has %d bytes, the limit is batch.max-line-bytes=%d; shorten it or raise the limit"
                            .formatted(line.length(), maxBytes));
        }
        LineFields fields = new LineFields(JSON);
        try {
            if (!startsAsObject(line.bytes())) {
                return ParsedLine.wrong(null, "invalid_json_line", "the line is not a JSON object in UTF-8");
            }
            fields.read(line.bytes());
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

    private @Nullable ParsedLine fault(LineFields fields) {
        String id = fields.id();
        if (fields.hasCustomId() && (id == null || id.isEmpty())) {
            return ParsedLine.wrong(null, "invalid_custom_id", "custom_id must be a string that is not empty");
        }
        if (fields.bare() != null) {
            return null;
        }
        JsonNode method = fields.method();
        JsonNode url = fields.url();
        if (id == null) {
            return missing(null, "custom_id");
        } else if (method == null) {
            return missing(id, "method");
        } else if (!method.asText().equals("POST")) {
            return ParsedLine.wrong(id, "invalid_method", "method must be \"POST\", was " + shown(method));
        } else if (url == null) {
            return missing(id, "url");
        } else if (fields.body() == null) {
            return missing(id, "body");
        } else if (fields.body() != JsonToken.START_OBJECT) {
            return ParsedLine.wrong(id, "invalid_request_error", "body must be a JSON object");
        }
        return wrongUrl(id, url);
    }

    private @Nullable ParsedLine wrongUrl(String id, JsonNode url) {
        Optional<Api> api = Api.ofUrl(url.asText());
        if (api.isEmpty()) {
            return ParsedLine.wrong(
                    id,
                    "invalid_url",
                    "url must be one of %s, a path without a host, was %s; the host is upstream.url"
                            .formatted(URLS, shown(url)));
        }
        return origin.api() == null || api.get() == origin.api()
                ? null
                : ParsedLine.wrong(
                        id,
                        "invalid_url",
                        "url must be \"%s\", the endpoint of this batch, was %s"
                                .formatted(origin.api().url(), shown(url)));
    }

    private static ParsedLine missing(@Nullable String id, String field) {
        return ParsedLine.wrong(
                id,
                "missing_required_parameter",
                "%s is missing; a line is {\"custom_id\",\"method\",\"url\",\"body\"}, or a bare body as the OpenAI cookbook has it"
                        .formatted(field));
    }

    private ParsedLine request(byte[] line, LineFields fields) throws IOException {
        Api bare = fields.bare();
        if (bare != null) {
            return bareBody(line, fields, origin.api() == null ? bare : origin.api());
        }
        byte[] body = fields.bodyOf(line);
        return new ParsedLine(
                fields.id(),
                Api.ofUrl(Objects.requireNonNull(fields.url()).asText()).orElseThrow(),
                model == null ? body : written(object(body)),
                null,
                null);
    }

    private ParsedLine bareBody(byte[] line, LineFields fields, Api api) throws IOException {
        if (model == null && !fields.hasMetadata() && !fields.hasCustomId()) {
            return new ParsedLine(null, api, line, null, null);
        }
        ObjectNode body = object(line);
        body.remove("custom_id");
        JsonNode metadata = body.remove("metadata");
        return new ParsedLine(fields.id(), api, written(body), metadata, null);
    }

    private static ObjectNode object(byte[] json) throws IOException {
        return (ObjectNode) JSON.readTree(json);
    }

    private byte[] written(ObjectNode body) throws IOException {
        if (model != null) {
            body.put("model", model);
        }
        return JSON.writeValueAsBytes(body);
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
