package dev.sluice.front;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.call.AnswerJson;
import dev.sluice.intake.Api;
import java.util.Set;

/**
 * An answer that came whole although its client has asked for a stream, since it is told again, or since some upstreams never stream: as the events
 * of a stream that says everything at once.
 */
final class WholeAnswer {
    private static final Set<String> ENDS = Set.of("incomplete", "failed");

    private WholeAnswer() {}

    static String asEvents(Form form, String answer) {
        try {
            return switch (form.api()) {
                case CHAT -> chat(form, AnswerJson.parse(answer));
                case RESPONSES -> response(AnswerJson.parse(answer));
                case COMPLETIONS, EMBEDDINGS -> EventFormat.event(form.api(), oneLine(answer));
            };
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer that was read before is no JSON", e);
        }
    }

    private static String oneLine(String json) throws JsonProcessingException {
        return AnswerJson.parse(json).toString();
    }

    /** A response ends with an event of its own status. */
    private static String response(JsonNode answer) {
        String status = answer.path("status").asText();
        String end = ENDS.contains(status) ? status : "completed";
        return EventFormat.event(
                Api.RESPONSES,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("type", "response." + end)
                        .put("sequence_number", 0)
                        .set("response", answer)
                        .toString());
    }

    private static String chat(Form form, JsonNode answer) {
        ObjectNode chunk = head(answer);
        JsonNode usage = chunk.remove("usage");
        ArrayNode choices = chunk.putArray("choices");
        for (JsonNode choice : answer.path("choices")) {
            ObjectNode copy = choice.deepCopy();
            JsonNode message = copy.remove("message");
            copy.set("delta", message == null ? JsonNodeFactory.instance.objectNode() : withIndexes(message));
            choices.add(copy);
        }
        String events = EventFormat.event(Api.CHAT, chunk.toString());
        if (!form.usage() || usage == null) {
            return events;
        }
        ObjectNode last = head(answer);
        last.putArray("choices");
        return events + EventFormat.event(Api.CHAT, last.set("usage", usage).toString());
    }

    private static ObjectNode head(JsonNode answer) {
        ObjectNode head = answer.deepCopy();
        head.put("object", "chat.completion.chunk");
        return head;
    }

    /** The pieces of tool calls are told apart by their index. */
    private static JsonNode withIndexes(JsonNode message) {
        int index = 0;
        for (JsonNode call : message.path("tool_calls")) {
            if (call instanceof ObjectNode object) {
                object.put("index", index);
            }
            index++;
        }
        return message;
    }
}
