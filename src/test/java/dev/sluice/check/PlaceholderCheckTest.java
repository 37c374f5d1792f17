package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class PlaceholderCheckTest {
    private static final String ADD = "add it to %s or write ";

    private final Path directory;

    PlaceholderCheckTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @TestFactory
    Stream<DynamicTest> findsWhatHasNoValueAndWhatIsUnbalanced() {
        return new Cases(directory)
                .when(
                        "an unbalanced placeholder",
                        Cases.route("""
                                - log:
                                    message: "{{retry.max"
                                - log:
                                    message: "a }} and {{retry.max:1}}"
                                """),
                        "x.camel.yaml:8:23: '{{' without '}}' in 'message'"
                                + " — write {{key}}; braces that are no placeholder go in quotes of their own: '{{'",
                        "x.camel.yaml:10:25: '}}' without '{{' in 'message'"
                                + " — write {{key}}; braces that are no placeholder go in quotes of their own: '}}'")
                .when(
                        "a placeholder without quotes",
                        Cases.route("""
                                - log:
                                    message: {{retry.max}}
                                """),
                        "x.camel.yaml:8:22: a placeholder without quotes is a mapping in YAML"
                                + " — write \"{{retry.max}}\" with the quotes")
                .when(
                        "a placeholder without a key",
                        Cases.route("""
                                - log:
                                    message: "{{}}"
                                """),
                        "x.camel.yaml:8:23: a placeholder without a key — write {{key}}")
                .whenBoth(
                        "a misspelt key that hides behind its default",
                        "retry.max = 3",
                        Cases.route("""
                                - log:
                                    message: "{{retry.mx:5}}"
                                """),
                        "x.camel.yaml:8:23: advice: 'retry.mx' is not in the configuration, so its default always applies"
                                + " — did you mean 'retry.max'?")
                .when(
                        "variables that are not set",
                        Cases.route("""
                                - log:
                                    message: "{{env:SFTP_PASSWORD}} {{sys:user.town}} {{env:A:b}} {{sys:?b}}"
                                """),
                        "x.camel.yaml:8:23: advice: environment variable 'SFTP_PASSWORD' is not set here, and without it"
                                + " the routes do not start"
                                + " — set it where they run, or write {{env:SFTP_PASSWORD:default}}",
                        "x.camel.yaml:8:45: advice: system property 'user.town' is not set here, and without it"
                                + " the routes do not start"
                                + " — set it where they run, or write {{sys:user.town:default}}")
                .tests();
    }

    @Test
    void suggestsTheNearestKeyForOneThatIsMissing() {
        assertThat(in("retry.max = 3", "{{retry.mxa}}"))
                .containsExactly("x.camel.yaml:8:23: {{retry.mxa}} has no value — did you mean {{retry.max}}? Else "
                        + added("retry.mxa"));
    }

    @Test
    void looksIntoTheDefaultOfAnotherPlaceholder() {
        assertThat(in("", "a {{retry.max:{{crm.fallback}}}}"))
                .containsExactly("x.camel.yaml:8:37: {{crm.fallback}} has no value — " + added("crm.fallback"));
    }

    @Test
    void findsTheLineInABlockOfText() {
        String steps = """
                - log:
                    message: |
                      first
                      {{crm.second}}
                """;
        List<String> found = bundle().file("x.camel.yaml", Cases.route(steps)).findings();
        assertThat(found).containsExactly("x.camel.yaml:10: {{crm.second}} has no value — " + added("crm.second"));
    }

    @Test
    void negatedKeysNeedAValueToo() {
        assertThat(in("", "{{!crm.quiet}}"))
                .containsExactly("x.camel.yaml:8:23: {{crm.quiet}} has no value — " + added("crm.quiet"));
    }

    @Test
    void takesValuesFromTheEnvironmentInCamelsWay() {
        CheckedBundle bundle = bundle().environment(Map.of("CRM_BASE_URL", "x", "TOKEN", "y"));
        assertThat(bundle.file("x.camel.yaml", message("{{crm.base-url}} {{env:TOKEN}}"))
                        .findings())
                .isEmpty();
    }

    @Test
    void takesValuesFromSystemProperties() {
        CheckedBundle bundle = bundle().system(Map.of("crm.url", "x"));
        assertThat(bundle.file("x.camel.yaml", message("{{crm.url}} {{sys:crm.url}}"))
                        .findings())
                .isEmpty();
    }

    @Test
    void leavesBracesAloneThatCamelLeavesAlone() {
        assertThat(in("", "'{{' and \\\\{{x\\\\}} and '}}'")).isEmpty();
        assertThat(in("", "{a: {b: 1}}")).isEmpty();
    }

    @Test
    void optionalKeysNeedNoValue() {
        assertThat(in("", "{{?crm.url}}")).isEmpty();
    }

    private List<String> in(String properties, String message) {
        return bundle().configuration(properties)
                .file("x.camel.yaml", message(message))
                .findings();
    }

    private CheckedBundle bundle() {
        return new CheckedBundle(directory);
    }

    private String added(String key) {
        return ADD.formatted(directory.getFileName() + "/application.properties") + "{{" + key + ":default}}";
    }

    private static String message(String text) {
        return Cases.route("- log:\n    message: \"" + text + "\"\n");
    }
}
