package dev.sluice.check;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A text, number or boolean against the schema. What Camel converts when it starts, although the schema (and an editor
 * with it) refuses it, is advice: {@code "5"} or a placeholder for a number.
 */
final class ScalarCheck {
    private static final Set<Tag> NOT_TEXT = Set.of(Tag.BOOL, Tag.INT, Tag.FLOAT);

    private final Path file;
    private final Findings findings;

    ScalarCheck(Path file, Findings findings) {
        this.file = file;
        this.findings = findings;
    }

    void check(String name, Node node, Schema schema) {
        if (!(node instanceof ScalarNode scalar)) {
            if (!Placeholder.unquoted(node)) {
                findings.problem(
                        file,
                        node,
                        "'" + name + "' must be " + article(schema.type()),
                        "write one value after the colon");
            }
        } else if (Tag.NULL.equals(scalar.getTag())) {
            findings.problem(
                    file, node, "'" + name + "' has no value", "write " + article(schema.type()) + " after the colon");
        } else {
            typed(name, scalar, schema);
        }
    }

    private void typed(String name, ScalarNode node, Schema schema) {
        String value = node.getValue();
        String is = "'" + name + "' must be " + article(schema.type()) + ", is '" + value + "'";
        if (fits(schema.type(), node)) {
            choice(name, node, schema.choices());
        } else if (schema.type().equals("string")) {
            findings.advice(file, node, is, "write \"" + value + "\" in quotes, so that editors accept it");
        } else if (value.contains("{{")) {
            findings.advice(
                    file,
                    node,
                    is,
                    "Camel takes the placeholder, editors may not; a bean of 'camel.beans.' takes both");
        } else if (convertible(schema.type(), value)) {
            findings.advice(file, node, is, "write " + value + " without quotes, so that editors accept it");
        } else {
            String example = schema.type().equals("boolean") ? "true or false" : "a number such as 5";
            findings.problem(file, node, is, "write " + example);
        }
    }

    private static boolean fits(String type, ScalarNode node) {
        Tag tag = node.getTag();
        return switch (type) {
            case "boolean" -> Tag.BOOL.equals(tag);
            case "number" -> Tag.INT.equals(tag) || Tag.FLOAT.equals(tag);
            default -> !NOT_TEXT.contains(tag); // ${body} has a tag of its own
        };
    }

    private static boolean convertible(String type, String value) {
        return type.equals("boolean")
                ? value.toLowerCase(Locale.ROOT).matches("true|false")
                : value.matches("-?\\d+(\\.\\d+)?");
    }

    private void choice(String name, ScalarNode node, Collection<String> choices) {
        String value = node.getValue();
        if (choices.isEmpty() || choices.contains(value)) {
            return;
        }
        String is = "'" + name + "' cannot be '" + value + "'";
        Optional<String> same = choices.stream().filter(value::equalsIgnoreCase).findFirst();
        if (same.isPresent() || value.contains("{{")) {
            findings.advice(
                    file, node, is, "Camel takes it, editors do not: write " + same.orElse(String.join(", ", choices)));
        } else {
            findings.problem(file, node, is, "use one of " + String.join(", ", choices));
        }
    }

    private static String article(String type) {
        return switch (type) {
            case "boolean" -> "true or false";
            case "number" -> "a number";
            default -> "a text";
        };
    }
}
