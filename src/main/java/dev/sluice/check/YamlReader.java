package dev.sluice.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Parses with the parser that Camel uses, and says in plain words what it stumbled over. Beyond syntax it finds what the
 * parser lets pass and a reader does not mean: a key given twice, a second document, a placeholder without quotes (which
 * is a mapping in YAML).
 */
final class YamlReader {
    /** Camel refuses keys that are mappings; here they are let in, to say what they are: placeholders without quotes. */
    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setAllowNonScalarKeys(true).build();

    private final Findings findings;

    YamlReader(Findings findings) {
        this.findings = findings;
    }

    /** The file as a tree, or empty after a finding that says why there is none. */
    Optional<RouteFile> read(Path file) {
        return TextFile.read(file, findings).flatMap(text -> parse(file, text));
    }

    private Optional<RouteFile> parse(Path file, String text) {
        try {
            List<Node> documents = new ArrayList<>();
            new Compose(SETTINGS).composeAllFromString(text).forEach(documents::add);
            if (documents.isEmpty()) {
                whole(file, "the file is empty", "write a route into it, or remove it");
                return Optional.empty();
            }
            documents.stream()
                    .skip(1)
                    .forEach(second -> findings.problem(
                            file,
                            second,
                            "a second document ('---') in one file; Camel reads one",
                            "move it to a file of its own"));
            inspect(file, documents.get(0));
            return Optional.of(new RouteFile(file, documents.get(0)));
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark();
            int line = mark.map(Mark::getLine).orElse(-1) + 1;
            int column = mark.map(Mark::getColumn).orElse(-1) + 1;
            String problem = "not YAML: " + e.getProblem() + context(e);
            findings.add(new Finding(Kind.PROBLEM, file, line, column, problem, YamlAdvice.remedy(e.getProblem())));
        } catch (YamlEngineException e) {
            whole(file, "not YAML: " + e.getMessage(), "remove control characters; save as plain text");
        }
        return Optional.empty();
    }

    private static String context(MarkedYamlEngineException e) {
        String context = e.getContext() == null ? "" : " (" + e.getContext() + ")";
        Optional<Mark> start = e.getContextMark().filter(mark -> !context.isEmpty());
        return context
                + start.map(mark -> " that begins on line " + (mark.getLine() + 1))
                        .orElse("");
    }

    private void whole(Path file, String problem, String remedy) {
        findings.add(new Finding(Kind.PROBLEM, file, 0, 0, problem, remedy));
    }

    private void inspect(Path file, Node root) {
        for (RouteFile.Mapping mapping : new RouteFile(file, root).mappings()) {
            duplicates(file, mapping.node());
            unquoted(file, mapping.node());
        }
    }

    private void duplicates(Path file, MappingNode mapping) {
        Map<String, Node> first = new HashMap<>();
        for (Nodes.Entry entry : Nodes.entries(mapping)) {
            Node before = first.putIfAbsent(entry.key(), entry.keyNode());
            if (before != null && !entry.key().isEmpty()) {
                int line = before.getStartMark().map(Mark::getLine).orElse(-1) + 1;
                findings.problem(
                        file,
                        entry.keyNode(),
                        "'" + entry.key() + "' is given twice; the first is on line " + line,
                        "keep one of them; entries of a list begin with '- '");
            }
        }
    }

    /** {@code key: {{name}}} is a mapping in YAML whose key is a mapping. */
    private void unquoted(Path file, MappingNode mapping) {
        for (Nodes.Entry entry : Nodes.entries(mapping)) {
            if (entry.keyNode() instanceof MappingNode inner && inner.getFlowStyle() == FlowStyle.FLOW) {
                String key = Nodes.entries(inner).stream()
                        .findFirst()
                        .map(Nodes.Entry::key)
                        .orElse("key");
                findings.problem(
                        file,
                        mapping,
                        "a placeholder without quotes is a mapping in YAML",
                        "write \"{{" + key + "}}\" with the quotes");
            }
        }
    }
}
