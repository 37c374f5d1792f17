package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Api;
import org.jspecify.annotations.Nullable;

/** An answer that came whole, from an upstream that does not stream: one chunk, as if it had been streamed. */
final class WholeAnswer implements Chunks {
    private @Nullable Chunk only;

    WholeAnswer(Api api, JsonNode completion) {
        ObjectNode chunk =
                switch (api) {
                    case CHAT -> chat(completion);
                    case RESPONSES -> response(completion);
                    case COMPLETIONS, EMBEDDINGS -> completion.deepCopy();
                };
        only = new Chunk(chunk.toString(), chunk);
    }

    private static ObjectNode response(JsonNode answer) {
        ObjectNode event = JsonNodeFactory.instance
                .objectNode()
                .put("type", "response.completed")
                .put("sequence_number", 0);
        event.set("response", answer);
        return event;
    }

    private static ObjectNode chat(JsonNode completion) {
        ObjectNode chunk = completion.deepCopy();
        chunk.put("object", "chat.completion.chunk");
        for (JsonNode choice : chunk.path("choices")) {
            if (choice instanceof ObjectNode object && object.remove("message") instanceof ObjectNode message) {
                number(message.path("tool_calls"));
                object.set("delta", message);
            }
        }
        return chunk;
    }

    /** The parts of tool calls are told apart by their index. */
    private static void number(JsonNode toolCalls) {
        int index = 0;
        for (JsonNode call : toolCalls) {
            if (call instanceof ObjectNode object) {
                object.put("index", index++);
            }
        }
    }

    @Override
    public @Nullable Chunk next() {
        Chunk next = only;
        only = null;
        return next;
    }
}
