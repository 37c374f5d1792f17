package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.commons.support.ReflectionSupport;

/** The manifests in deploy/: what can be known of them without a cluster. */
class DeployTest {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    @Test
    void everyManifestIsAnObjectWithAKindAndAName() throws IOException {
        assertThat(objects()).isNotEmpty().allSatisfy(object -> {
            assertThat(object.path("apiVersion").asText()).matches("(v1|apps/v1|keda\\.sh/v1alpha1)");
            assertThat(object.path("kind").asText()).isNotEmpty();
            assertThat(object.at("/metadata/name").asText()).matches("[a-z0-9-]+");
        });
    }

    @Test
    void kubernetesKnowsEveryFieldAndItsType() throws IOException {
        Map<String, Class<?>> models = Map.of(
                "Deployment", Deployment.class,
                "StatefulSet", StatefulSet.class,
                "Service", Service.class,
                "ConfigMap", ConfigMap.class);
        for (JsonNode object : objects()) {
            Class<?> model = models.get(object.path("kind").asText());
            if (model != null) {
                assertThat(unknown(STRICT.treeToValue(object, model), model.getSimpleName()))
                        .isEmpty();
            } else {
                assertThat(keda().validate(object)).isEmpty();
            }
        }
    }

    static Stream<String> mistakes() {
        return Stream.of(
                "Deployment {spec: {replicas: three, selector: {}, template: {}}}",
                "Deployment {spec: {selector: {}, template: {spec: {containers: [{name: a, imagee: b}]}}}}",
                "Service {spec: {ports: [{port: high}]}}",
                "ScaledObject {spec: {scaleTargetRef: {name: a}, triggers: []}}",
                "ScaledObject {spec: {scaleTargetRef: {name: a}, maxReplicas: 3, triggers: [{type: cron, metadata: {}}]}}",
                "ScaledObject {spec: {scaleTargetRef: {name: a}, triggers: [{type: artemis-queue, metadata: {queue: a}}]}}",
                "TriggerAuthentication {spec: {secretTargetRef: [{parameter: username, name: a}]}}");
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistakesAreNoticed(String mistake) throws IOException {
        String kind = mistake.substring(0, mistake.indexOf(' '));
        ObjectNode object = (ObjectNode) YAML.readTree(mistake.substring(kind.length() + 1));
        object.put("kind", kind);
        object.put(
                "apiVersion",
                kind.equals("Deployment") ? "apps/v1" : kind.equals("Service") ? "v1" : "keda.sh/v1alpha1");
        object.putObject("metadata").put("name", "a");
        if (object.path("apiVersion").asText().startsWith("keda")) {
            assertThat(keda().validate(object)).isNotEmpty();
            return;
        }
        Class<?> model = kind.equals("Service") ? Service.class : Deployment.class;
        assertThatThrownBy(() -> assertThat(unknown(STRICT.treeToValue(object, model), kind))
                        .isEmpty())
                .isInstanceOfAny(JsonMappingException.class, AssertionError.class);
    }

    private static JsonSchema keda() throws IOException {
        try (InputStream schema = DeployTest.class.getResourceAsStream("keda.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(schema);
        }
    }

    /** Fields that the model does not have: it keeps them aside, wherever they are. */
    private static List<String> unknown(Object object, String path) {
        List<String> unknown = new ArrayList<>();
        if (object instanceof Collection<?> all) {
            all.forEach(each -> unknown.addAll(unknown(each, path)));
        } else if (object instanceof Map<?, ?> map) {
            map.forEach((key, each) -> unknown.addAll(unknown(each, path + "." + key)));
        } else if (object != null && object.getClass().getName().startsWith("io.fabric8")) {
            for (Method getter : object.getClass().getMethods()) {
                if (getter.getName().startsWith("get") && getter.getParameterCount() == 0) {
                    Object value = ReflectionSupport.invokeMethod(getter, object);
                    if (getter.getName().equals("getAdditionalProperties")) {
                        ((Map<?, ?>) value).keySet().forEach(key -> unknown.add(path + "." + key));
                    } else {
                        unknown.addAll(
                                unknown(value, path + "." + getter.getName().substring(3)));
                    }
                }
            }
        }
        return unknown;
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
