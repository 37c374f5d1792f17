package dev.sluice.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a request.
 *
 * @param lastUser the text of the last user message; empty if there is none
 * @param chars how many characters all of them hold
 */
record Messages(String lastUser, long chars) {
    private static final List<String> ROLES = List.of("system", "developer", "user", "assistant", "tool", "function");

    /** @throws InvalidRequestException naming the field that is wrong, for example {@code messages[1].role} */
    static Messages read(@Nullable JsonNode messages) throws InvalidRequestException {
        if (messages == null || messages.isNull()) {
            throw InvalidRequestException.missing("messages");
        }
        if (!messages.isArray()) {
            throw InvalidRequestException.wrongType("messages", "an array of objects", messages);
        }
        if (messages.isEmpty()) {
            throw InvalidRequestException.of(
                    "Invalid 'messages': empty array. Expected an array with minimum length 1.",
                    "messages",
                    "empty_array");
        }
        String lastUser = "";
        long chars = 0;
        for (int i = 0; i < messages.size(); i++) {
            String role = role(messages.get(i), i);
            String text = text(messages.get(i).path("content"), role, i);
            lastUser = role.equals("user") ? text : lastUser;
            chars += text.length();
        }
        return new Messages(lastUser, chars);
    }

    private static String role(JsonNode message, int index) throws InvalidRequestException {
        if (!message.isObject()) {
            throw InvalidRequestException.wrongType("messages[" + index + "]", "an object", message);
        }
        JsonNode role = message.path("role");
        if (role.isMissingNode()) {
            throw InvalidRequestException.missing("messages[" + index + "].role");
        }
        if (!ROLES.contains(role.asText())) {
            throw InvalidRequestException.of(
                    "Invalid value for 'messages[%d].role'. Supported values are: %s.".formatted(index, ROLES),
                    "messages[" + index + "].role",
                    "invalid_value");
        }
        return role.asText();
    }

    private static String text(JsonNode content, String role, int index) throws InvalidRequestException {
        if (content.isTextual()) {
            return content.asText();
        }
        if (content.isArray()) {
            StringBuilder text = new StringBuilder();
            content.forEach(part -> text.append(part.path("text").asText("")));
            return text.toString();
        }
        if (role.equals("assistant") && (content.isNull() || content.isMissingNode())) {
            return ""; // its tool calls are the message
        }
        String param = "messages[" + index + "].content";
        throw content.isMissingNode()
                ? InvalidRequestException.missing(param)
                : InvalidRequestException.wrongType(param, "a string or an array of parts", content);
    }
}
