package dev.sluice.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.camel.util.URISupport;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Recognises what the classic schema takes and the canonical one does not, and shows the canonical way: {@code log: "x"}
 * is {@code log: {message: "x"}}; {@code setBody: {simple: "x"}} is
 * {@code setBody: {expression: {simple: {expression: "x"}}}}.
 */
final class CompactForm {
    private static final int SHOWN = 40;

    /** Where the schema does not say which property the text is. */
    private static final Map<String, String> UNSAID =
            Map.of("bean", "ref", "rollback", "message", "interceptFrom", "uri");

    private final Path file;
    private final Findings findings;

    CompactForm(Path file, Findings findings) {
        this.file = file;
        this.findings = findings;
    }

    /** A text where a mapping belongs: true, after a finding, if it is the compact form of one. */
    boolean scalar(String name, ScalarNode node, Schema schema) {
        boolean text = StreamSupport.stream(schema.classic().path("oneOf").spliterator(), false)
                .anyMatch(choice -> choice.path("type").asText().equals("string"));
        if (!text || node.getValue().isEmpty()) {
            return false;
        }
        String value = shown(node);
        String option = inline(name, schema).orElse("…");
        findings.problem(
                file,
                node,
                "compact form '" + name + ": " + value + "'",
                "write " + name + ": {" + option + ": " + value + "}");
        return true;
    }

    /** A language where {@code expression} belongs: true, after a finding, if that is what the entry is. */
    boolean property(String name, Nodes.Entry entry, Schema schema) {
        JsonNode classic = schema.classic().path("properties").path(entry.key());
        Optional<Schema> language =
                schema.property("expression").flatMap(expression -> expression.property(entry.key()));
        if (classic.isMissingNode() || language.isEmpty()) {
            return false;
        }
        String inner = entry.value() instanceof ScalarNode
                ? "{" + inline(entry.key(), language.get()).orElse("expression") + ": " + shown(entry.value()) + "}"
                : "{…}";
        findings.problem(
                file,
                entry.keyNode(),
                "compact form '" + entry.key() + "' directly in '" + name + "'",
                "write " + name + ": {expression: {" + entry.key() + ": " + inner + "}}");
        return true;
    }

    private static Optional<String> inline(String name, Schema schema) {
        Collection<String> required = schema.required();
        if (required.contains("expression")) {
            return Optional.of("expression");
        }
        return required.size() == 1 ? required.stream().findFirst() : Optional.ofNullable(UNSAID.get(name));
    }

    /** Short, on one line, and without passwords. */
    private static String shown(Node node) {
        String value =
                URISupport.sanitizeUri(Nodes.text(node).orElse("").strip()).replaceAll("\\s+", " ");
        String cut = value.length() > SHOWN ? value.substring(0, SHOWN) + "…" : value;
        return '"' + cut.replace("\"", "\\\"") + '"';
    }
}
