package dev.sluice.intake;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * The shape of a body, checked as far as a call would certainly fail without it. Of a chat body: an object with a
 * {@code model} and {@code messages}, each an object with a {@code role}. Everything else is the upstream's to judge.
 */
public final class ChatBody {

    /** What is said of broken JSON quotes no more than its first character: it may be a prompt, or a key. */
    public static final ErrorReportConfiguration WITHOUT_ITS_TEXT =
            ErrorReportConfiguration.builder().maxErrorTokenLength(0).build();

    /** 1,000 levels deep, as Jackson's own default; no limit on the length of a string, the body's size is limited. */
    static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(1000)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNumberLength(100_000)
                            .build())
                    .errorReportConfiguration(WITHOUT_ITS_TEXT)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private ChatBody() {}

    /**
     * Parses and checks a chat body.
     *
     * @throws InvalidMessageException naming the field and what was expected
     */
    public static JsonNode parse(byte[] body) throws InvalidMessageException {
        return parse(Api.CHAT, body);
    }

    /** Parses and checks a body for an endpoint. */
    public static JsonNode parse(Api api, byte[] body) throws InvalidMessageException {
        JsonNode json = read(body);
        check(api, json);
        return json;
    }

    /**
     * Parses JSON that may become a chat body.
     *
     * @throws InvalidMessageException if it is not JSON
     */
    public static JsonNode read(byte[] body) throws InvalidMessageException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new InvalidMessageException(
                    "invalid_json", "not valid JSON: %s%s".formatted(e.getOriginalMessage(), place(e)));
        } catch (IOException e) {
            throw new InvalidMessageException("invalid_json", "not valid JSON: " + e.getMessage());
        }
    }

    /** A chat body with one user message, and a system message before it if there is one. */
    public static ObjectNode ofPrompt(String prompt, String model, String systemPrompt) {
        ObjectNode body = JSON.createObjectNode().put("model", model);
        var messages = body.putArray("messages");
        if (!systemPrompt.isBlank()) {
            messages.addObject().put("role", "system").put("content", systemPrompt);
        }
        messages.addObject().put("role", "user").put("content", prompt);
        return body;
    }

    private static String place(JsonProcessingException e) {
        JsonLocation place = e.getLocation();
        return place == null ? "" : " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr());
    }

    private static void check(Api api, JsonNode json) throws InvalidMessageException {
        if (!json.isObject()) {
            throw wrong("the body", "a JSON object with model and " + promptOf(api), json);
        }
        boolean keptByTheProvider = api == Api.RESPONSES && json.path("prompt").isObject();
        if (!keptByTheProvider
                && (!json.path("model").isTextual()
                        || json.path("model").textValue().isBlank())) {
            throw wrong("model", "the name of a model as a string", json.path("model"));
        }
        if (api == Api.CHAT) {
            checkMessages(json.path("messages"));
        } else if (!keptByTheProvider) {
            checkPrompt(promptOf(api), json.path(promptOf(api)));
        }
        JsonNode stream = json.path("stream");
        if (!stream.isMissingNode() && !stream.isNull() && !stream.isBoolean()) {
            throw wrong("stream", "true or false", stream);
        }
    }

    /** The field that holds what is to be answered. */
    private static String promptOf(Api api) {
        return switch (api) {
            case CHAT -> "messages";
            case EMBEDDINGS, RESPONSES -> "input";
            case COMPLETIONS -> "prompt";
        };
    }

    private static void checkMessages(JsonNode messages) throws InvalidMessageException {
        if (!messages.isArray() || messages.isEmpty()) {
            throw wrong("messages", "a non-empty array", messages);
        }
        for (int i = 0; i < messages.size(); i++) {
            if (!messages.get(i).isObject()) {
                throw wrong("messages[" + i + "]", "an object with role and content", messages.get(i));
            }
            if (!messages.get(i).path("role").isTextual()) {
                throw wrong(
                        "messages[" + i + "].role", "a string", messages.get(i).path("role"));
            }
        }
    }

    private static void checkPrompt(String field, JsonNode prompt) throws InvalidMessageException {
        if (!prompt.isTextual() && (!prompt.isArray() || prompt.isEmpty())) {
            throw wrong(field, "a string or a non-empty array", prompt);
        }
    }

    private static InvalidMessageException wrong(String field, String expected, JsonNode was) {
        String found = was.isMissingNode() ? "is missing" : "is " + article(was);
        String message = "%s %s; expected %s".formatted(field, found, expected);
        return field.equals("the body")
                ? new InvalidMessageException("invalid_request_error", message)
                : InvalidMessageException.ofField(field, message);
    }

    private static String article(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> node.isEmpty() ? "an empty array" : "an array";
            case OBJECT -> "an object";
            case STRING -> node.textValue().isBlank() ? "a blank string" : "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            default -> "null";
        };
    }
}
