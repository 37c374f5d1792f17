package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The walk of {@link SchemaCheck} against a validator of the trade: both call the same files wrong. */
class SchemaOracleTest {
    private static final int MUTANTS = 400;

    private final JsonSchema oracle = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4)
            .getSchema(Schema.canonical().node());

    @Test
    void theValidatorCallsTheCorrectRoutesCorrect() throws Exception {
        assertThat(oracle.validate(json(yaml("pipeline.camel.yaml")))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"intake.camel.yaml", "pipeline.camel.yaml", "failures.camel.yaml"})
    void agreesWithTheValidatorOnRoutesWithRandomErrors(String name) throws Exception {
        Random random = new Random(42);
        List<String> lines = Files.readAllLines(good().resolve(name));
        for (int i = 0; i < MUTANTS; i++) {
            String mutant = String.join("\n", mutate(lines, random));
            Optional<Node> parsed = parse(mutant);
            if (parsed.isEmpty()) {
                continue; // no longer YAML
            }
            Node root = parsed.get();
            Findings findings = new Findings();
            Bundle bundle = new Bundle(
                    List.of(new RouteFile(Path.of(name), root)),
                    new Configuration(Path.of("application.properties"), List.of()),
                    new Known(Set.of(), Set.of(), Set.of(), Map.of(), Map.of()));
            new SchemaCheck().run(bundle, findings);
            assertThat(findings.sorted().isEmpty())
                    .as("%s%n%s", findings.sorted(), mutant)
                    .isEqualTo(oracle.validate(json(root)).isEmpty());
        }
    }

    /** Removes a line, changes the indentation or the key of one, or swaps its value for another type. */
    private static List<String> mutate(List<String> lines, Random random) {
        List<String> mutant = new ArrayList<>(lines);
        int at = random.nextInt(mutant.size());
        String line = mutant.get(at);
        switch (random.nextInt(5)) {
            case 0 -> mutant.remove(at);
            case 1 -> mutant.set(at, "  " + line);
            case 2 -> mutant.set(at, line.replaceFirst("(\\w+):", "$1x:"));
            case 3 -> mutant.set(at, line.replaceFirst(": .*", ": 5"));
            default -> mutant.set(at, line.replaceFirst(": .*", ": [a]"));
        }
        return mutant;
    }

    private static Path good() throws URISyntaxException {
        return Path.of(SchemaOracleTest.class.getResource("/check/good").toURI());
    }

    private static Node yaml(String name) throws IOException, URISyntaxException {
        return parse(Files.readString(good().resolve(name))).orElseThrow();
    }

    private static Optional<Node> parse(String text) {
        try {
            return new Compose(LoadSettings.builder().build()).composeString(text);
        } catch (YamlEngineException e) {
            return Optional.empty();
        }
    }

    private static JsonNode json(Node node) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (node instanceof MappingNode) {
            ObjectNode object = nodes.objectNode();
            Nodes.entries(node).forEach(entry -> object.set(entry.key(), json(entry.value())));
            return object;
        }
        if (node instanceof SequenceNode) {
            ArrayNode array = nodes.arrayNode();
            Nodes.items(node).forEach(item -> array.add(json(item)));
            return array;
        }
        return scalar((ScalarNode) node);
    }

    private static JsonNode scalar(ScalarNode node) {
        if (Tag.NULL.equals(node.getTag())) {
            return NullNode.getInstance();
        }
        if (Tag.BOOL.equals(node.getTag())) {
            return BooleanNode.valueOf(Boolean.parseBoolean(node.getValue()));
        }
        boolean number = Tag.INT.equals(node.getTag()) || Tag.FLOAT.equals(node.getTag());
        return number ? DecimalNode.valueOf(new BigDecimal(node.getValue())) : TextNode.valueOf(node.getValue());
    }
}
