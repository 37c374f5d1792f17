package dev.sluice.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** A YAML file of routes as a tree, and as flat lists of its scalars and mappings in the order of the file. */
final class RouteFile {
    /** A text, number or boolean with the keys that lead to it. */
    record Scalar(Keys keys, ScalarNode node) {
        String text() {
            return node.getValue();
        }
    }

    /** A mapping with the keys that lead to it. */
    record Mapping(Keys keys, MappingNode node) {}

    private final Path path;
    private final Node root;
    private final List<Scalar> scalars = new ArrayList<>();
    private final List<Mapping> mappings = new ArrayList<>();

    RouteFile(Path path, Node root) {
        this.path = path;
        this.root = root;
        collect(Keys.ROOT, root, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private void collect(Keys keys, Node node, Set<Node> seen) {
        if (!seen.add(node)) {
            return; // an alias: the anchor was here
        }
        if (node instanceof ScalarNode scalar) {
            scalars.add(new Scalar(keys, scalar));
        } else if (node instanceof MappingNode mapping) {
            mappings.add(new Mapping(keys, mapping));
        }
        Nodes.entries(node).forEach(entry -> collect(keys.with(entry.key()), entry.value(), seen));
        Nodes.items(node).forEach(item -> collect(keys, item, seen));
    }

    Path path() {
        return path;
    }

    Node root() {
        return root;
    }

    List<Scalar> scalars() {
        return scalars;
    }

    List<Mapping> mappings() {
        return mappings;
    }

    /** What stands below {@code - name:} at the top of the file, for example each {@code route}. */
    List<Nodes.Entry> topLevel(String name) {
        return Nodes.items(root).stream()
                .flatMap(item -> Nodes.entries(item).stream())
                .filter(entry -> entry.key().equals(name))
                .toList();
    }
}
