package dev.sluice.call;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an error response says, as far as it can be understood; empty strings for what it does not say.
 *
 * <p>Understood are OpenAI's {@code {"error":{"message","type","code"}}}, the same in an array, an error that is a plain
 * string, and the flat {@code {"object":"error","message","code"}}. Anything else (HTML, broken JSON, nothing) is empty.
 *
 * @param code {@code error.code}; a number as its digits
 * @param type {@code error.type}
 * @param message for people
 */
public record ErrorBody(String code, String type, String message) {
    static final ErrorBody EMPTY = new ErrorBody("", "", "");

    /** What may stand in a log line as a code: it comes from outside, and could hold a key, a line end, a book. */
    private static final Pattern WORD = Pattern.compile("[\\w.:/-]{1,64}");

    private static final ObjectMapper JSON = new ObjectMapper();

    static ErrorBody parse(byte[] body) {
        try {
            JsonNode json = JSON.readTree(body);
            return json == null ? EMPTY : ofError(json);
        } catch (IOException e) {
            return EMPTY;
        }
    }

    /** What a JSON body says. */
    public static ErrorBody of(JsonNode json) {
        JsonNode root = json.isArray() && !json.isEmpty() ? json.get(0) : json;
        JsonNode error = root.path("error");
        if (error.isTextual()) {
            return new ErrorBody("", "", error.textValue());
        }
        if (error.isObject()) {
            return fields(error);
        }
        return "error".equals(root.path("object").asText()) ? fields(root) : EMPTY;
    }

    /** The same of a body that is known to be an error: its code and message may stand by themselves. */
    public static ErrorBody ofError(JsonNode json) {
        ErrorBody error = of(json);
        return error.equals(EMPTY) ? fields(json) : error;
    }

    /** Whether a body that came with a 2xx is an error all the same. */
    public static boolean isError(JsonNode json) {
        return json.hasNonNull("error") || "error".equals(json.path("object").asText());
    }

    /** The code, else the type, else the fallback; one that is no short word is none. */
    String codeOr(String fallback) {
        return Stream.of(code, type)
                .filter(word -> WORD.matcher(word).matches())
                .findFirst()
                .orElse(fallback);
    }

    private static ErrorBody fields(JsonNode error) {
        return new ErrorBody(text(error.path("code")), text(error.path("type")), text(error.path("message")));
    }

    private static String text(JsonNode node) {
        return node.isValueNode() && !node.isNull() ? node.asText() : "";
    }
}
