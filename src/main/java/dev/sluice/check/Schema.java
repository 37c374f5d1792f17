package dev.sluice.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;

/**
 * One definition of a schema of Camel's YAML, out of the jar of camel-yaml-dsl.
 *
 * <p>The canonical schema (draft-04) uses nothing but {@code type}, {@code properties}, {@code required}, {@code enum},
 * {@code items}, {@code $ref} and {@code maxProperties}; a test holds that. So it can be walked along with the YAML, and
 * each message is the one that belongs to that place.
 */
record Schema(JsonNode document, String definition, JsonNode node) {
    private static final String REF = "#/items/definitions/";

    /** The canonical schema of a file: a list of routes and what goes with them. */
    static Schema canonical() {
        return Canonical.SCHEMA;
    }

    private static Schema load(String resource) {
        try (InputStream in = Schema.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing: put the jar of camel-yaml-dsl into lib/");
            }
            JsonNode document = new ObjectMapper().readTree(in);
            return new Schema(document, "", document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same definition as the classic schema, which allows the compact form, has it. */
    JsonNode classic() {
        return definition.isEmpty()
                ? MissingNode.getInstance()
                : Classic.SCHEMA.node.at("/items/definitions").path(definition);
    }

    /** {@code object}, {@code array}, {@code string}, {@code boolean} or {@code number}. */
    String type() {
        return node.path("type").asText(node.has("properties") ? "object" : "string");
    }

    /** What an entry of this list must be. */
    Schema items() {
        return follow(node.path("items"));
    }

    /** Whether any key is allowed, as below {@code parameters}. */
    boolean open() {
        return !node.has("properties");
    }

    /** Whether exactly one key is allowed, as in a step. */
    boolean single() {
        return node.path("maxProperties").asInt() == 1;
    }

    Optional<Schema> property(String name) {
        JsonNode property = node.path("properties").path(name);
        return property.isMissingNode() ? Optional.empty() : Optional.of(follow(property));
    }

    Collection<String> properties() {
        Collection<String> names = new TreeSet<>();
        node.path("properties").fieldNames().forEachRemaining(names::add);
        return names;
    }

    Collection<String> required() {
        return texts("required");
    }

    /** The values that are allowed; empty if any is. */
    Collection<String> choices() {
        return texts("enum");
    }

    private Collection<String> texts(String key) {
        Collection<String> texts = new TreeSet<>();
        node.path(key).forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private Schema follow(JsonNode target) {
        String ref = target.path("$ref").asText();
        if (!ref.startsWith(REF)) {
            return new Schema(document, "", target);
        }
        String name = ref.substring(REF.length());
        return new Schema(document, name, document.at("/items/definitions").path(name));
    }

    /** Loaded on first use. */
    private static final class Canonical {
        static final Schema SCHEMA = load("/schema/camelYamlDsl-canonical.json");
    }

    /** Loaded on first use: only if something is wrong. */
    private static final class Classic {
        static final Schema SCHEMA = load("/schema/camelYamlDsl.json");
    }
}
