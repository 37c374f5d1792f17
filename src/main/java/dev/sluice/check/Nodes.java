package dev.sluice.check;

import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads YAML nodes, which unlike maps and lists know their line. */
final class Nodes {
    private Nodes() {}

    /** A key with its value in a mapping. */
    record Entry(String key, Node keyNode, Node value) {}

    /** The entries of a mapping; none if the node is not one. */
    static List<Entry> entries(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            return List.of();
        }
        return mapping.getValue().stream()
                .map(tuple -> new Entry(text(tuple.getKeyNode()).orElse(""), tuple.getKeyNode(), tuple.getValueNode()))
                .toList();
    }

    /** The items of a sequence; none if the node is not one. */
    static List<Node> items(Node node) {
        return node instanceof SequenceNode sequence ? sequence.getValue() : List.of();
    }

    static Optional<Node> get(Node node, String key) {
        return entries(node).stream()
                .filter(entry -> entry.key().equals(key))
                .map(Entry::value)
                .findFirst();
    }

    /** The text of a scalar. */
    static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar ? Optional.of(scalar.getValue()) : Optional.empty();
    }

    static Optional<String> text(Node node, String key) {
        return get(node, key).flatMap(Nodes::text);
    }
}
