package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The manifests in deploy/: what can be known of them without a cluster. */
class DeployTest {
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void everyManifestIsAnObjectWithAKindAndAName() throws IOException {
        assertThat(objects()).isNotEmpty().allSatisfy(object -> {
            assertThat(object.path("apiVersion").asText()).matches("(v1|apps/v1|keda\\.sh/v1alpha1)");
            assertThat(object.path("kind").asText()).isNotEmpty();
            assertThat(object.at("/metadata/name").asText()).matches("[a-z0-9-]+");
        });
    }

    @Test
    void everySettingIsOneThatSluiceKnows() throws IOException {
        Set<String> known = Defaults.keys().stream()
                .map(key -> key.toUpperCase().replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
        JsonNode settings = object("ConfigMap", "sluice").path("data");

        assertThat(settings.fieldNames()).toIterable().isSubsetOf(known);
    }

    @Test
    void aNodeHasTimeToEndItsCalls() throws IOException {
        int grace = object("Deployment", "sluice")
                .at("/spec/template/spec/terminationGracePeriodSeconds")
                .asInt();

        assertThat(Files.readString(Path.of("config/application.properties")))
                .contains("camel.main.shutdown-timeout=45");
        assertThat(grace).isGreaterThan(45);
    }

    @Test
    void selectorsFindWhatTheyAreFor() throws IOException {
        for (JsonNode object : objects()) {
            if (object.at("/spec/selector/matchLabels").isObject()) {
                assertThat(object.at("/spec/template/metadata/labels/app"))
                        .isEqualTo(object.at("/spec/selector/matchLabels/app"));
            }
        }
        assertThat(object("ScaledObject", "sluice")
                        .at("/spec/scaleTargetRef/name")
                        .asText())
                .isEqualTo(object("Deployment", "sluice").at("/metadata/name").asText());
    }

    private static JsonNode object(String kind, String name) throws IOException {
        return objects().stream()
                .filter(object -> object.path("kind").asText().equals(kind)
                        && object.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonNode> objects() throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("deploy"))) {
            for (Path file :
                    (Iterable<Path>) files.filter(path -> path.toString().endsWith(".yaml"))::iterator) {
                YAML.readerFor(JsonNode.class)
                        .<JsonNode>readValues(file.toFile())
                        .forEachRemaining(objects::add);
            }
        }
        return objects;
    }
}
