package dev.sluice.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * The {@code prompt} or {@code input} of a request that has no messages: a text, texts, numbers of tokens, or the items of a
 * response.
 *
 * @param last the last text; empty if there is none
 * @param count how many texts there are, at least 1
 * @param chars how many characters all of them hold; a token counts as its four
 */
record Input(String last, int count, long chars) {

    static Input read(@Nullable JsonNode input, String param) throws InvalidRequestException {
        if (input == null || input.isNull()) {
            throw InvalidRequestException.missing(param);
        }
        if (input.isTextual()) {
            return new Input(input.asText(), 1, input.asText().length());
        }
        if (!input.isArray() || input.isEmpty()) {
            throw InvalidRequestException.wrongType(param, "a string or an array", input);
        }
        if (input.get(0).isNumber()) {
            return new Input("", 1, ChatRequest.chars(input.size()));
        }
        String last = "";
        long chars = 0;
        for (JsonNode item : input) {
            last = text(item);
            chars += item.isArray() ? ChatRequest.chars(item.size()) : last.length();
        }
        return new Input(last, input.size(), chars);
    }

    private static String text(JsonNode item) {
        JsonNode content = item.isObject() ? item.path("content") : item;
        if (content.isTextual()) {
            return content.asText();
        }
        StringBuilder text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asText("")));
        return text.toString();
    }
}
