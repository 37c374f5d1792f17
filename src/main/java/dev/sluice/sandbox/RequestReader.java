package dev.sluice.sandbox;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;

/**
 * Reads a request. Fields that it does not know are let pass, as compatible servers do; those that it
 * knows are checked as OpenAI checks them, and {@code param} of the error names the one that is wrong.
 */
final class RequestReader {
    private static final int MAX_CHOICES = 128;
    private static final ObjectReader READER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Front.MAX_BODY_BYTES)
                            .build())
                    .build())
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private RequestReader() {}

    /** @throws InvalidRequestException with what OpenAI would answer to such a body */
    static ChatRequest read(Endpoint endpoint, byte[] body) throws InvalidRequestException {
        JsonNode root = object(body);
        JsonNode model = root.path("model");
        if (!model.isTextual() || model.asText().isBlank()) {
            throw InvalidRequestException.of(
                    "you must provide a model parameter", "model", "missing_required_parameter");
        }
        Prompt prompt = prompt(endpoint, root);
        boolean stream = flag(root, "stream", "stream");
        long maxCompletionTokens = whole(root, "max_completion_tokens", 0, Integer.MAX_VALUE);
        long maxTokens = whole(root, "max_tokens", 0, Integer.MAX_VALUE);
        long maxOutputTokens = whole(root, "max_output_tokens", 0, Integer.MAX_VALUE);
        return new ChatRequest(
                endpoint,
                model.asText(),
                prompt.text,
                stream,
                includeUsage(root, stream),
                root.path("encoding_format").asText().equals("base64"),
                prompt.answers > 0 ? prompt.answers : (int) whole(root, "n", 1, MAX_CHOICES),
                Math.max(maxOutputTokens, maxCompletionTokens > 0 ? maxCompletionTokens : maxTokens),
                Math.max(1, ChatRequest.tokens(prompt.chars)));
    }

    /**
     * What is to be answered.
     *
     * @param answers how many answers that makes; 0: as many as {@code n} says
     */
    private record Prompt(String text, long chars, int answers) {}

    private static Prompt prompt(Endpoint endpoint, JsonNode root) throws InvalidRequestException {
        if (endpoint == Endpoint.CHAT) {
            Messages messages = Messages.read(root.get("messages"));
            return new Prompt(messages.lastUser(), messages.chars(), 0);
        }
        String param = endpoint == Endpoint.COMPLETIONS ? "prompt" : "input";
        Input input = Input.read(root.get(param), param);
        int answers =
                switch (endpoint) {
                    case EMBEDDINGS -> input.count();
                    case RESPONSES -> 1;
                    default -> 0;
                };
        return new Prompt(input.last(), input.chars(), answers);
    }

    private static JsonNode object(byte[] body) throws InvalidRequestException {
        try {
            JsonNode root = READER.readTree(body);
            if (root.isObject()) {
                return root;
            }
        } catch (IOException notJson) {
            // told below, as is what is no object
        }
        throw InvalidRequestException.of(
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
                        + " library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
                null,
                null);
    }

    private static boolean includeUsage(JsonNode root, boolean stream) throws InvalidRequestException {
        JsonNode options = root.path("stream_options");
        if (isAbsent(options)) {
            return false;
        }
        if (!stream) {
            throw InvalidRequestException.of(
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", null);
        }
        return flag(options, "include_usage", "stream_options.include_usage");
    }

    private static boolean flag(JsonNode parent, String field, String param) throws InvalidRequestException {
        JsonNode value = parent.path(field);
        if (!value.isBoolean() && !isAbsent(value)) {
            throw InvalidRequestException.wrongType(param, "a boolean", value);
        }
        return value.asBoolean();
    }

    /** A number from 1; the fallback if there is none. */
    private static long whole(JsonNode root, String field, long fallback, long max) throws InvalidRequestException {
        JsonNode value = root.path(field);
        if (isAbsent(value)) {
            return fallback;
        }
        if (!value.isIntegralNumber()) {
            throw InvalidRequestException.wrongType(field, "an integer", value);
        }
        if (!value.canConvertToLong() || value.asLong() < 1 || value.asLong() > max) {
            throw InvalidRequestException.of(
                    "Invalid '%s': expected a value from 1 to %d, but got %s instead.".formatted(field, max, value),
                    field,
                    "integer_out_of_range");
        }
        return value.asLong();
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }
}
