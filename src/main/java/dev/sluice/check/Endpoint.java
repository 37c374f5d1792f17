package dev.sluice.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.util.URISupport;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * An endpoint as a route writes it: {@code uri} with a query, with {@code parameters}, or both.
 *
 * @param node where the address stands
 * @param uri as written
 * @param parameters the mapping {@code parameters}, scalars only
 */
record Endpoint(RouteFile file, Role role, Node node, String uri, Map<String, Parameter> parameters) {
    enum Role {
        /** A route takes messages from it: {@code from}. */
        SOURCE,
        /** A step reads from it: {@code poll}, {@code pollEnrich}. */
        POLLED,
        TARGET
    }

    /** @param node the key of the parameter */
    record Parameter(Node node, String value) {}

    private static final Set<String> COMPACT = Set.of("from", "to", "toD", "wireTap", "poll", "deadLetterUri");
    /** Their uri is a pattern. */
    private static final Set<String> PATTERNS = Set.of("interceptFrom", "interceptSendToEndpoint");

    /** The endpoints of a file, in its order. */
    static List<Endpoint> in(RouteFile file) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (RouteFile.Mapping mapping : file.mappings()) {
            Keys keys = mapping.keys();
            Node uri = Nodes.get(mapping.node(), "uri").orElse(null);
            if (uri instanceof ScalarNode scalar && !keys.free() && !PATTERNS.contains(keys.last())) {
                Role role = role(keys.last());
                endpoints.add(new Endpoint(file, role, uri, scalar.getValue(), parameters(mapping.node())));
            }
        }
        for (RouteFile.Scalar scalar : file.scalars()) {
            if (COMPACT.contains(scalar.keys().last()) && !scalar.keys().free()) {
                Role role = role(scalar.keys().last());
                endpoints.add(new Endpoint(file, role, scalar.node(), scalar.text(), Map.of()));
            }
        }
        return endpoints;
    }

    private static Role role(String key) {
        return switch (key) {
            case "from" -> Role.SOURCE;
            case "poll", "pollEnrich" -> Role.POLLED;
            default -> Role.TARGET;
        };
    }

    private static Map<String, Parameter> parameters(Node mapping) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        Nodes.get(mapping, "parameters").stream()
                .flatMap(section -> Nodes.entries(section).stream())
                .forEach(entry -> Nodes.text(entry.value())
                        .ifPresent(value -> parameters.put(entry.key(), new Parameter(entry.keyNode(), value))));
        return parameters;
    }

    /** The part before the first colon; empty if a placeholder or an expression decides it. */
    String scheme() {
        String scheme = uri.split("[:?]", 2)[0];
        return scheme.matches("[A-Za-z][\\w+.-]*") ? scheme : "";
    }

    /** The uri for people: without options and passwords. */
    String shown() {
        return URISupport.sanitizeUri(uri.split("\\?", 2)[0]);
    }

    /** Whether the uri is nothing but the scheme, so that the parameters hold the path too. */
    boolean bare() {
        return !uri.contains(":");
    }

    /** {@code scheme:name} without options, with the name from the parameters if it is not in the uri. */
    String address() {
        if (!bare()) {
            return uri.split("\\?", 2)[0].replaceFirst("^(\\w+):/*", "$1:");
        }
        Parameter name = parameters.get("name");
        return scheme() + ":" + (name == null ? "" : name.value());
    }
}
