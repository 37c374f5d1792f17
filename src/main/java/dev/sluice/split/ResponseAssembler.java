package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * A streamed answer of {@code /v1/responses}. Its last event holds the whole response, so there is nothing to put together:
 * {@code response.completed}, or {@code response.incomplete} if it ended at a limit. Without one of them it is cut.
 */
final class ResponseAssembler implements Assembler {
    private static final Set<String> LAST = Set.of("response.completed", "response.incomplete");

    private JsonNode response = MissingNode.getInstance();
    private boolean over;

    @Override
    public void add(JsonNode chunk) {
        if (chunk.path("response").isObject()) {
            response = chunk.get("response");
        }
        over |= LAST.contains(chunk.path("type").asText());
    }

    @Override
    public boolean anyChoice() {
        return !response.isMissingNode();
    }

    @Override
    public boolean allFinished() {
        return over;
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public boolean endedInError() {
        return false;
    }

    @Override
    public JsonNode usage() {
        return response.path("usage");
    }

    @Override
    public ObjectNode completion() {
        return response instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }
}
