package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The stream of a model response ({@code /responses}): its last event, {@code response.completed} or
 * {@code response.incomplete}, holds the whole response, and no {@code [DONE]} follows. One that fails ends with
 * {@code response.failed}.
 */
final class ResponseAssembler implements StreamedAnswer {
    private JsonNode response = MissingNode.getInstance();

    @Override
    public void add(JsonNode event) {
        String type = event.path("type").asText();
        if (type.equals("response.completed") || type.equals("response.incomplete")) {
            response = event.path("response");
        }
    }

    @Override
    public boolean begun() {
        return response.isObject();
    }

    @Override
    public boolean finished() {
        return response.isObject();
    }

    @Override
    public boolean saidItsLast() {
        return response.isObject();
    }

    @Override
    public boolean endedInError() {
        return false; // is an error inside the stream
    }

    @Override
    public JsonNode usage() {
        return response.path("usage");
    }

    @Override
    public ObjectNode whole() {
        return response instanceof ObjectNode whole ? whole : JsonNodeFactory.instance.objectNode();
    }
}
