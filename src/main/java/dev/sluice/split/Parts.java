package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An object that comes in parts.
 *
 * <p>Objects are put together field by field, arrays item by item: items with an {@code index} belong to the item of
 * that index, others are appended. The texts that are known to come in parts are joined. Of everything else the last
 * value wins, but one that says nothing (null, an empty text, {@code created: 0}, as Azure's late chunks have them) never
 * replaces one that does.
 */
final class Parts {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Set<String> JOINED = Set.of(
            "content",
            "refusal",
            "reasoning_content",
            "reasoning",
            "arguments",
            "input",
            "text",
            "summary",
            "data",
            "transcript");

    private final Map<String, Object> fields = new LinkedHashMap<>();

    void add(JsonNode part) {
        part.properties().forEach(field -> add(field.getKey(), field.getValue()));
    }

    void add(String name, JsonNode value) {
        Object known = fields.get(name);
        if (value.isTextual() && JOINED.contains(name)) {
            if (known instanceof StringBuilder text) {
                text.append(value.textValue());
            } else {
                fields.put(name, new StringBuilder(value.textValue()));
            }
        } else if (value.isObject()) {
            Parts object = known instanceof Parts begun ? begun : new Parts();
            object.add(value);
            fields.put(name, object);
        } else if (value.isArray()) {
            Items items = known instanceof Items begun ? begun : new Items();
            items.add(value);
            fields.put(name, items);
        } else if (known == null || saysSomething(name, value)) {
            fields.put(name, value);
        }
    }

    /** The object of that name; null if there is none. */
    @Nullable
    Parts object(String name) {
        return fields.get(name) instanceof Parts object ? object : null;
    }

    /** The array of that name; null if there is none. */
    @Nullable
    Items array(String name) {
        return fields.get(name) instanceof Items items ? items : null;
    }

    /** Sets a field that never came. */
    void orElse(String name, JsonNode value) {
        fields.putIfAbsent(name, value);
    }

    void remove(String name) {
        fields.remove(name);
    }

    ObjectNode toJson() {
        ObjectNode json = JSON.objectNode();
        fields.forEach((name, value) -> json.set(name, json(value)));
        return json;
    }

    private static JsonNode json(Object value) {
        if (value instanceof StringBuilder text) {
            return JSON.textNode(text.toString());
        }
        if (value instanceof Parts object) {
            return object.toJson();
        }
        return value instanceof Items items ? items.toJson() : (JsonNode) value;
    }

    private static boolean saysSomething(String name, JsonNode value) {
        boolean empty =
                value.isNull() || (value.isTextual() && value.textValue().isEmpty());
        return !empty && !(name.equals("created") && value.asLong() == 0);
    }

    /** An array that comes in parts. */
    static final class Items {
        private final Map<Integer, Object> items = new TreeMap<>();

        private void add(JsonNode array) {
            for (JsonNode item : array) {
                int index = item.path("index").asInt(continuesTheLast(item) ? items.size() - 1 : items.size());
                if (item.isObject()) {
                    Parts object = items.get(index) instanceof Parts begun ? begun : new Parts();
                    object.add(item);
                    items.put(index, object);
                } else {
                    items.put(items.size(), item);
                }
            }
        }

        /** Some providers leave the index of a tool call away, of its later pieces too. */
        private boolean continuesTheLast(JsonNode item) {
            return !items.isEmpty()
                    && item.path("function").isObject()
                    && !item.path("function").hasNonNull("name")
                    && !item.hasNonNull("id");
        }

        /** The items that are objects. */
        Iterable<Parts> objects() {
            return () -> items.values().stream()
                    .filter(Parts.class::isInstance)
                    .map(Parts.class::cast)
                    .iterator();
        }

        private ArrayNode toJson() {
            ArrayNode json = JSON.arrayNode();
            items.values().forEach(item -> json.add(json(item)));
            return json;
        }
    }
}
