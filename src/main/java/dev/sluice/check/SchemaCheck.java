package dev.sluice.check;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Holds each file against Camel's canonical schema by walking both together, so that there is one message for one
 * mistake, at its line.
 */
final class SchemaCheck implements Check {

    @Override
    public void run(Bundle bundle, Findings findings) {
        bundle.files()
                .forEach(file -> new Walk(file.path(), findings).list("the file", file.root(), Schema.canonical()));
    }

    /** The walk through one file; {@code name} is the key that the node stands under. */
    private static final class Walk {
        private final Path file;
        private final Findings findings;
        private final CompactForm compact;
        private final ScalarCheck scalars;
        private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());

        Walk(Path file, Findings findings) {
            this.file = file;
            this.findings = findings;
            this.compact = new CompactForm(file, findings);
            this.scalars = new ScalarCheck(file, findings);
        }

        private void value(String name, Node node, Schema schema) {
            if (!seen.add(node)) {
                return; // an alias: the anchor was here
            }
            switch (schema.type()) {
                case "object" -> mapping(name, node, schema);
                case "array" -> list(name, node, schema);
                default -> scalars.check(name, node, schema);
            }
        }

        void list(String name, Node node, Schema schema) {
            if (node instanceof SequenceNode sequence) {
                sequence.getValue().forEach(item -> value(name, item, schema.items()));
            } else {
                findings.problem(file, node, quoted(name) + " must be a list", "begin each of its entries with '- '");
            }
        }

        private void mapping(String name, Node node, Schema schema) {
            if (!(node instanceof MappingNode mapping)) {
                notAMapping(name, node, schema);
                return;
            }
            List<Nodes.Entry> entries = Nodes.entries(mapping);
            if (schema.single() && entries.size() > 1) {
                sideBySide(entries, schema);
                return;
            }
            if (!schema.open()) {
                entries.forEach(entry -> property(name, mapping, entry, schema));
                required(name, mapping, entries, schema);
            }
        }

        private void notAMapping(String name, Node node, Schema schema) {
            if (node instanceof ScalarNode scalar && compact.scalar(name, scalar, schema)) {
                return;
            }
            if (node instanceof ScalarNode scalar && scalar.getValue().isEmpty()) {
                findings.problem(
                        file, node, quoted(name) + " is empty", "write its options below it, or '" + name + ": {}'");
                return;
            }
            String options = schema.open() ? "key: value" : String.join(", ", schema.properties());
            findings.problem(file, node, quoted(name) + " must be a mapping", "write its options below it: " + options);
        }

        private void property(String name, MappingNode mapping, Nodes.Entry entry, Schema schema) {
            schema.property(entry.key())
                    .ifPresentOrElse(
                            property -> value(entry.key(), entry.value(), property),
                            () -> unknown(name, mapping, entry, schema));
        }

        private void unknown(String name, MappingNode mapping, Nodes.Entry entry, Schema schema) {
            if (entry.key().isEmpty() || compact.property(name, entry, schema)) {
                return; // no name: the parser's check has said it
            }
            String what = schema.single() ? "unknown step '" : "unknown property '";
            String where = schema.single() ? "'" : "' in " + quoted(name);
            String remedy = Nearest.remedy(entry.key(), schema.properties(), otherwise(name, mapping, schema));
            findings.problem(file, entry.keyNode(), what + entry.key() + where, remedy);
        }

        private static String otherwise(String name, MappingNode mapping, Schema schema) {
            if (schema.single()) {
                return "see https://camel.apache.org/components/next/eips/ for the steps that there are";
            }
            if (schema.property("parameters").isPresent()
                    && Nodes.get(mapping, "uri").isPresent()) {
                return "options of the endpoint go below 'parameters:'";
            }
            return quoted(name) + " takes: " + String.join(", ", schema.properties());
        }

        private void required(String name, MappingNode mapping, List<Nodes.Entry> entries, Schema schema) {
            Collection<String> keys = entries.stream().map(Nodes.Entry::key).toList();
            if (name.equals("unmarshal") && !Collections.disjoint(keys, schema.required())) {
                return; // the canonical schema of 4.22 asks for all data formats at once, where it means one
            }
            for (String key : schema.required()) {
                if (!keys.contains(key)) {
                    findings.problem(
                            file, mapping, quoted(name) + " lacks '" + key + "'", "add '" + key + ":' below it");
                }
            }
        }

        /** Two keys in one step: nearly always an option that is not indented, or a dash that is missing. */
        private void sideBySide(List<Nodes.Entry> entries, Schema schema) {
            Nodes.Entry first = entries.get(0);
            Nodes.Entry second = entries.get(1);
            String remedy = schema.property(second.key()).isPresent()
                    ? "begin '" + second.key() + "' with '- '"
                    : "indent '" + second.key() + "' below '" + first.key() + "'";
            findings.problem(
                    file,
                    second.keyNode(),
                    quoted(first.key()) + " and " + quoted(second.key()) + " stand side by side in one step",
                    remedy);
        }

        private static String quoted(String name) {
            return name.equals("the file") ? name : "'" + name + "'";
        }
    }
}
