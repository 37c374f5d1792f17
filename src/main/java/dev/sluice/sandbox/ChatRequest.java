package dev.sluice.sandbox;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.sluice.sandbox.ApiError.Found;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the sandbox reads of a chat completion request. Fields that it does not know are let pass, as compatible servers
 * do; those that it knows are checked as OpenAI checks them, and {@code param} names the one that is wrong.
 *
 * <p>A token is four characters here, of prompts and of answers.
 *
 * @param prompt the text of the last user message; empty if there is none
 * @param choices {@code n}
 * @param maxTokens {@code max_completion_tokens}, else {@code max_tokens}, else 0 = none
 * @param promptTokens the text of all messages in tokens, rounded up
 */
record ChatRequest(
        String model,
        String prompt,
        boolean stream,
        boolean includeUsage,
        int choices,
        long maxTokens,
        long promptTokens) {

    /** What an answer without {@code max_tokens} is taken for when a call is charged. */
    static final long USUAL_ANSWER_TOKENS = 16;

    private static final int CHARS_PER_TOKEN = 4;
    private static final int MAX_CHOICES = 128;
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
    private static final ObjectReader READER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Front.MAX_BODY_BYTES)
                            .build())
                    .build())
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Tokens charged on admission, as OpenAI does: the prompt and the most that the answer may cost. */
    long charge() {
        return promptTokens + (maxTokens > 0 ? maxTokens : USUAL_ANSWER_TOKENS);
    }

    static long tokens(long chars) {
        return (chars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }

    static long chars(long tokens) {
        return tokens * CHARS_PER_TOKEN;
    }

    /** @throws Found what OpenAI would answer to such a body */
    static ChatRequest parse(byte[] body) throws Found {
        JsonNode root = object(body);
        String model = root.path("model").asText("");
        if (!root.path("model").isTextual() || model.isBlank()) {
            throw found("you must provide a model parameter", "model", "missing_required_parameter");
        }
        Messages messages = Messages.read(root.get("messages"));
        boolean stream = flag(root, "stream", "stream");
        long maxCompletionTokens = whole(root, "max_completion_tokens", 0, 1, Integer.MAX_VALUE);
        long maxTokens = whole(root, "max_tokens", 0, 1, Integer.MAX_VALUE);
        return new ChatRequest(
                model,
                messages.lastUser,
                stream,
                includeUsage(root, stream),
                (int) whole(root, "n", 1, 1, MAX_CHOICES),
                maxCompletionTokens > 0 ? maxCompletionTokens : maxTokens,
                Math.max(1, tokens(messages.chars)));
    }

    private static JsonNode object(byte[] body) throws Found {
        try {
            JsonNode root = READER.readTree(body);
            if (root.isObject()) {
                return root;
            }
        } catch (JsonProcessingException notJson) {
            // told below, as is what is no object
        } catch (IOException unreadable) {
            // bytes that are not UTF-8; told below
        }
        throw found(
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
                        + " library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
                null,
                null);
    }

    private static boolean includeUsage(JsonNode root, boolean stream) throws Found {
        JsonNode options = root.path("stream_options");
        if (options.isMissingNode() || options.isNull()) {
            return false;
        }
        if (!stream) {
            throw found(
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", null);
        }
        return flag(options, "include_usage", "stream_options.include_usage");
    }

    private static boolean flag(JsonNode parent, String field, String param) throws Found {
        JsonNode value = parent.path(field);
        if (!value.isBoolean() && !value.isMissingNode() && !value.isNull()) {
            throw wrongType(param, "a boolean", value);
        }
        return value.asBoolean();
    }

    private static long whole(JsonNode root, String field, long fallback, long min, long max) throws Found {
        JsonNode value = root.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrongType(field, "an integer", value);
        }
        long number = value.asLong();
        if (number < min || number > max) {
            throw found(
                    "Invalid '%s': expected a value from %d to %d, but got %d instead."
                            .formatted(field, min, max, number),
                    field,
                    "integer_out_of_range");
        }
        return number;
    }

    private static Found wrongType(String param, String wanted, JsonNode got) {
        String kind = got.getNodeType().name().toLowerCase(Locale.ROOT);
        return found(
                "Invalid type for '%s': expected %s, but got %s instead.".formatted(param, wanted, kind),
                param,
                "invalid_type");
    }

    private static Found missing(String param) {
        return found("Missing required parameter: '%s'.".formatted(param), param, "missing_required_parameter");
    }

    private static Found found(String message, @Nullable String param, @Nullable String code) {
        return new Found(ApiError.invalid(message, param, code));
    }

    /** How much text the messages hold, and the last of the user's. */
    private static final class Messages {
        private long chars;
        private String lastUser = "";

        static Messages read(@Nullable JsonNode messages) throws Found {
            if (messages == null || messages.isNull()) {
                throw missing("messages");
            }
            if (!messages.isArray()) {
                throw wrongType("messages", "an array of objects", messages);
            }
            if (messages.isEmpty()) {
                throw found(
                        "Invalid 'messages': empty array. Expected an array with minimum length 1.",
                        "messages",
                        "empty_array");
            }
            Messages read = new Messages();
            for (int i = 0; i < messages.size(); i++) {
                read.add(messages.get(i), i);
            }
            return read;
        }

        private void add(JsonNode message, int index) throws Found {
            if (!message.isObject()) {
                throw wrongType("messages[" + index + "]", "an object", message);
            }
            JsonNode role = message.path("role");
            if (role.isMissingNode()) {
                throw missing("messages[" + index + "].role");
            }
            if (!ROLES.contains(role.asText())) {
                throw found(
                        "Invalid value for 'messages[%d].role'. Supported values are: %s."
                                .formatted(index, new TreeSet<>(ROLES)),
                        "messages[" + index + "].role",
                        "invalid_value");
            }
            String text = text(message.path("content"), role.asText().equals("assistant"), index);
            chars += text.length();
            if (role.asText().equals("user")) {
                lastUser = text;
            }
        }

        private static String text(JsonNode content, boolean mayBeNull, int index) throws Found {
            if (content.isTextual()) {
                return content.asText();
            }
            if (content.isArray()) {
                StringBuilder text = new StringBuilder();
                content.forEach(part -> text.append(part.path("text").asText("")));
                return text.toString();
            }
            if (mayBeNull && (content.isNull() || content.isMissingNode())) {
                return "";
            }
            String param = "messages[" + index + "].content";
            throw content.isMissingNode() ? missing(param) : wrongType(param, "a string or an array of parts", content);
        }
    }
}
