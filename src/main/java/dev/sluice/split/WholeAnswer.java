package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** An answer that came whole, from an upstream that does not stream: one chunk, as if it had been streamed. */
final class WholeAnswer implements Chunks {
    private @Nullable Chunk only;

    WholeAnswer(JsonNode completion) {
        ObjectNode chunk = completion.deepCopy();
        chunk.put("object", "chat.completion.chunk");
        for (JsonNode choice : chunk.path("choices")) {
            if (choice instanceof ObjectNode object && object.remove("message") instanceof ObjectNode message) {
                object.set("delta", message);
            }
        }
        only = new Chunk(chunk.toString(), chunk);
    }

    @Override
    public @Nullable Chunk next() {
        Chunk next = only;
        only = null;
        return next;
    }
}
