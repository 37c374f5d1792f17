package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SchemaCheckTest {
    private final Path directory;

    SchemaCheckTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @TestFactory
    Stream<DynamicTest> saysOnceWhatIsWrong() {
        return new Cases(directory)
                .when(
                        "a misspelt property of a route",
                        """
                        - route:
                            id: r
                            descripton: A route.
                            description: A route.
                            from:
                              uri: timer:t
                              steps: []
                        """,
                        "x.camel.yaml:3:5: unknown property 'descripton' in 'route' — did you mean 'description'?")
                .whenSteps("a misspelt step", """
                        - setBdy:
                            expression:
                              constant:
                                expression: x
                        """, "x.camel.yaml:7:11: unknown step 'setBdy' — did you mean 'setBody'?")
                .whenSteps(
                        "a step with dashes",
                        """
                        - set-body:
                            expression: {}
                        """,
                        "x.camel.yaml:7:11: unknown step 'set-body' — did you mean 'setBody'?")
                .whenSteps(
                        "a step that is nothing like one",
                        """
                        - quux: {}
                        """,
                        "x.camel.yaml:7:11: unknown step 'quux'"
                                + " — see https://camel.apache.org/components/next/eips/ for the steps that there are")
                .whenSteps(
                        "only the deepest mistake of nested steps",
                        """
                        - choice:
                            when:
                              - expression:
                                  simple:
                                    expression: ${body}
                                steps:
                                  - doTry:
                                      steps:
                                        - log:
                                            mesage: x
                                            message: x
                        """,
                        "x.camel.yaml:16:29: unknown property 'mesage' in 'log' — did you mean 'message'?")
                .whenSteps(
                        "a property that is missing",
                        """
                        - setHeader:
                            expression:
                              constant:
                                expression: x
                        - log: {}
                        """,
                        "x.camel.yaml:8:13: 'setHeader' lacks 'name' — add 'name:' below it",
                        "x.camel.yaml:11:16: 'log' lacks 'message' — add 'message:' below it")
                .whenSteps(
                        "text where a number or a boolean belongs",
                        """
                        - aggregate:
                            completionSize: many
                            parallelProcessing: perhaps
                            correlationExpression:
                              constant:
                                expression: x
                            aggregationStrategy: "#class:java.lang.Object"
                        """,
                        "x.camel.yaml:8:29: 'completionSize' must be a number, is 'many' — write a number such as 5",
                        "x.camel.yaml:9:33: 'parallelProcessing' must be true or false, is 'perhaps'"
                                + " — write true or false")
                .whenSteps(
                        "a value outside its choices",
                        """
                        - log:
                            message: x
                            loggingLevel: LOUD
                        """,
                        "x.camel.yaml:9:27: 'loggingLevel' cannot be 'LOUD'"
                                + " — use one of DEBUG, ERROR, INFO, OFF, TRACE, WARN")
                .whenSteps(
                        "an option that is not indented",
                        """
                        - setBody:
                          expression:
                            constant:
                              expression: x
                        """,
                        "x.camel.yaml:8:11: 'setBody' and 'expression' stand side by side in one step"
                                + " — indent 'expression' below 'setBody'")
                .whenSteps(
                        "a dash that is missing",
                        """
                        - stop: {}
                          log:
                            message: x
                        """,
                        "x.camel.yaml:8:11: 'stop' and 'log' stand side by side in one step — begin 'log' with '- '")
                .whenSteps(
                        "an endpoint option beside the uri",
                        """
                        - to:
                            uri: file:x
                            fileName: y
                        """,
                        "x.camel.yaml:9:13: unknown property 'fileName' in 'to'"
                                + " — options of the endpoint go below 'parameters:'")
                .when(
                        "steps that are no list",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: timer:t
                              steps:
                                stop: {}
                        """,
                        "x.camel.yaml:7:9: 'steps' must be a list — begin each of its entries with '- '")
                .when(
                        "a file that is no list",
                        """
                        route:
                          id: r
                        """,
                        "x.camel.yaml:1:1: the file must be a list — begin each of its entries with '- '")
                .whenSteps(
                        "nothing after a colon",
                        """
                        - marshal:
                            json:
                        - log:
                            message:
                        """,
                        "x.camel.yaml:8:18: 'json' is empty — write its options below it, or 'json: {}'",
                        "x.camel.yaml:10:21: 'message' has no value — write a text after the colon")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> showsTheCanonicalWayForACompactForm() {
        return new Cases(directory)
                .whenSteps(
                        "a text for a step",
                        """
                        - log: "hello: you"
                        - to: direct:x
                        """,
                        "x.camel.yaml:7:16: compact form 'log: \"hello: you\"' — write log: {message: \"hello: you\"}",
                        "x.camel.yaml:8:15: 'direct:x' is called, but no route takes from it"
                                + " — add a route with 'from: {uri: direct:x}'",
                        "x.camel.yaml:8:15: compact form 'to: \"direct:x\"' — write to: {uri: \"direct:x\"}")
                .whenSteps(
                        "a language in place of an expression",
                        """
                        - setBody:
                            simple: ${header.x}
                        """,
                        "x.camel.yaml:8:13: compact form 'simple' directly in 'setBody'"
                                + " — write setBody: {expression: {simple: {expression: \"${header.x}\"}}}")
                .whenSteps(
                        "a text for a language",
                        """
                        - setBody:
                            expression:
                              constant: x
                        """,
                        "x.camel.yaml:9:25: compact form 'constant: \"x\"' — write constant: {expression: \"x\"}")
                .whenSteps(
                        "a tokenizer",
                        """
                        - split:
                            tokenize: ","
                            steps: []
                        """,
                        "x.camel.yaml:8:13: compact form 'tokenize' directly in 'split'"
                                + " — write split: {expression: {tokenize: {token: \",\"}}}")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> onlyAdvisesWhereCamelConverts() {
        return new Cases(directory)
                .whenSteps(
                        "values that the schema refuses and Camel takes",
                        """
                        - aggregate:
                            completionSize: "5"
                            completionTimeout: 1000
                            parallelProcessing: "{{throttle.parallel:true}}"
                            correlationExpression:
                              constant:
                                expression: true
                            aggregationStrategy: "#class:java.lang.Object"
                        """,
                        "x.camel.yaml:8:29: advice: 'completionSize' must be a number, is '5'"
                                + " — write 5 without quotes, so that editors accept it",
                        "x.camel.yaml:9:32: advice: 'completionTimeout' must be a text, is '1000'"
                                + " — write \"1000\" in quotes, so that editors accept it",
                        "x.camel.yaml:10:33: advice: 'parallelProcessing' must be true or false,"
                                + " is '{{throttle.parallel:true}}' — Camel takes the placeholder, editors may not;"
                                + " a bean of 'camel.beans.' takes both",
                        "x.camel.yaml:13:29: advice: 'expression' must be a text, is 'true'"
                                + " — write \"true\" in quotes, so that editors accept it")
                .tests();
    }

    /** What {@link SchemaCheck} does not know cannot be in the schema: else a new Camel needs a new walk. */
    @Test
    void knowsEveryKeywordOfTheCanonicalSchema() {
        Set<String> keywords = new HashSet<>();
        Deque<JsonNode> open = new ArrayDeque<>(Set.of(Schema.canonical().node()));
        while (!open.isEmpty()) {
            JsonNode schema = open.pop();
            schema.fieldNames().forEachRemaining(keywords::add);
            schema.path("properties").forEach(open::push);
            schema.path("definitions").forEach(open::push);
            if (schema.has("items")) {
                open.push(schema.path("items"));
            }
            assertThat(schema.path("additionalProperties").asBoolean()).isFalse();
        }
        assertThat(keywords)
                .isSubsetOf(
                        "$schema",
                        "$ref",
                        "definitions",
                        "type",
                        "properties",
                        "required",
                        "items",
                        "enum",
                        "maxProperties",
                        "additionalProperties",
                        "title",
                        "description",
                        "default",
                        "deprecated",
                        "format");
    }
}
