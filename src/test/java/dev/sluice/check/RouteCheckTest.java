package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RouteCheckTest {

    private final Path directory;

    RouteCheckTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void findsNothingInCorrectRoutes() throws URISyntaxException {
        Path good = good();
        Known known = new Known(CheckedBundle.KEYS, Set.of(), CheckedBundle.BEANS, Map.of(), Map.of());
        Report report = new RouteCheck(good, good, known).report();
        assertThat(report.findings()).isEmpty();
        assertThat(report.summary()).isEqualTo("3 files, 5 routes: all good");
    }

    @TestFactory
    Stream<DynamicTest> saysInPlainWordsWhyAFileIsNotYaml() {
        return new Cases(directory)
                .when(
                        "a tab",
                        "- route:\n\tid: r\n",
                        "x.camel.yaml:2:1: not YAML: found character '\\t(TAB)' that cannot start any token."
                                + " (Do not use \\t(TAB) for indentation)"
                                + " (while scanning for the next token) — indent with spaces, not with tabs")
                .when(
                        "a bad indent",
                        """
                        - route:
                            id: r
                           description: d
                        """,
                        "x.camel.yaml:3:4: not YAML: expected <block end>, but found '<block mapping start>'"
                                + " (while parsing a block mapping) that begins on line 1"
                                + " — indent this line like its neighbours: two spaces for each level")
                .when(
                        "a colon in a text",
                        """
                        - route:
                            description: one: two
                        """,
                        "x.camel.yaml:2:21: not YAML: mapping values are not allowed here"
                                + " — put a value that contains ': ' in quotes, or mend the indentation")
                .when("nothing", "# to do\n", "x.camel.yaml: the file is empty — write a route into it, or remove it")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> findsWhatTheParserLetsPass() {
        return new Cases(directory)
                .whenSteps(
                        "a key given twice",
                        """
                        - log:
                            message: a
                            message: b
                        """,
                        "x.camel.yaml:9:13: 'message' is given twice; the first is on line 8"
                                + " — keep one of them; entries of a list begin with '- '")
                .when(
                        "a second document",
                        Cases.route("- stop: {}") + "---\n- route: {}\n",
                        "x.camel.yaml:9:1: a second document ('---') in one file; Camel reads one"
                                + " — move it to a file of its own")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> findsWhatDoesNotFitTogether() {
        return new Cases(directory)
                .when(
                        "ids given twice",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: timer:a
                              steps:
                                - stop:
                                    id: end
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: timer:b
                              steps:
                                - log:
                                    id: end
                                    message: x
                        """,
                        "x.camel.yaml:10:9: duplicate id 'r'; it is also at x.camel.yaml:2"
                                + " — give each route and each step an id of its own",
                        "x.camel.yaml:16:17: duplicate id 'end'; it is also at x.camel.yaml:8"
                                + " — give each route and each step an id of its own")
                .when(
                        "calls that no route takes",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: direct:deliver
                              steps:
                                - to:
                                    uri: direct:delivr
                                - to:
                                    uri: direct
                                    parameters:
                                      name: delivver
                                - wireTap:
                                    uri: seda:audit?size=5
                                - recipientList:
                                    expression:
                                      constant:
                                        expression: direct:deliver, direct:nowhere
                        """,
                        "x.camel.yaml:8:18: 'direct:delivr' is called, but no route takes from it"
                                + " — did you mean 'direct:deliver'?",
                        "x.camel.yaml:10:18: 'direct:delivver' is called, but no route takes from it"
                                + " — did you mean 'direct:deliver'?",
                        "x.camel.yaml:14:18: 'seda:audit' is called, but no route takes from it"
                                + " — add a route with 'from: {uri: seda:audit}'",
                        "x.camel.yaml:18:29: 'direct:nowhere' is called, but no route takes from it"
                                + " — add a route with 'from: {uri: direct:nowhere}'")
                .whenSteps(
                        "beans that are not there",
                        """
                        - process:
                            ref: admitt
                        - split:
                            expression:
                              method:
                                ref: pieces
                            executorService: pool
                            steps: []
                        - to:
                            uri: file:x?moveExistingFileStrategy=#mover
                        - to:
                            uri: bean:cal
                        - log:
                            message: ${bean:foldr.name}
                        """,
                        "x.camel.yaml:8:18: there is no bean 'admitt' — did you mean 'admit'?",
                        "x.camel.yaml:12:22: there is no bean 'pieces'"
                                + " — declare it under '- beans:' or as camel.beans.pieces = #class:…",
                        "x.camel.yaml:13:30: there is no bean 'pool'"
                                + " — declare it under '- beans:' or as camel.beans.pool = #class:…",
                        "x.camel.yaml:16:18: there is no bean 'mover'"
                                + " — declare it under '- beans:' or as camel.beans.mover = #class:…",
                        "x.camel.yaml:18:18: there is no bean 'cal' — did you mean 'call'?",
                        "x.camel.yaml:20:22: there is no bean 'foldr' — did you mean 'folder'?")
                .when(
                        "a bean of an endpoint",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: file:x
                              parameters:
                                processStrategy: "#foldr"
                              steps: []
                        """,
                        "x.camel.yaml:7:26: there is no bean 'foldr' — did you mean 'folder'?")
                .whenBoth(
                        "classes that are not there",
                        """
                        camel.beans.policy = #class:org.acme.Policy
                        """,
                        """
                        - beans:
                            - name: a
                              type: org.acme.Bean
                        - onException:
                            exception:
                              - java.io.IOExceptoin
                              - java.lang.Exception
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: timer:t
                              steps:
                                - process:
                                    ref: "#class:org.acme.Step(1)"
                        """,
                        "application.properties:1: there is no class 'org.acme.Policy'"
                                + " — correct the name, or add its jar to lib/",
                        "x.camel.yaml:3:13: there is no class 'org.acme.Bean'"
                                + " — correct the name, or add its jar to lib/",
                        "x.camel.yaml:6:9: there is no class 'java.io.IOExceptoin'"
                                + " — correct the name, or add its jar to lib/",
                        "x.camel.yaml:15:18: there is no class 'org.acme.Step'"
                                + " — correct the name, or add its jar to lib/")
                .when(
                        "a route configuration that does not exist",
                        """
                        - routeConfiguration:
                            id: failures
                        - route:
                            id: r
                            description: A route.
                            routeConfigurationId: failure
                            from:
                              uri: timer:t
                              steps: []
                        """,
                        "x.camel.yaml:6:27: there is no routeConfiguration 'failure' — did you mean 'failures'?")
                .when(
                        "routes that do not say who they are",
                        """
                        - route:
                            from:
                              uri: timer:t
                              steps: []
                        - from:
                            uri: timer:u
                            steps: []
                        """,
                        "x.camel.yaml:1:3: advice: route without description"
                                + " — add 'description:'; say in a sentence what happens to a message",
                        "x.camel.yaml:1:3: advice: route without id — add 'id:'; logs and metrics name it",
                        "x.camel.yaml:5:3: advice: route without id and description"
                                + " — wrap 'from' in '- route:' with 'id:' and 'description:'")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> findsEndpointsThatCannotBe() {
        return new Cases(directory)
                .whenSteps(
                        "components that are not there",
                        """
                        - to:
                            uri: kafka:orders
                        - to:
                            uri: flie:x
                        """,
                        "x.camel.yaml:8:18: unknown component 'kafka' in 'kafka:orders'"
                                + " — add the component's jar (camel-kafka, with what it needs) to lib/",
                        "x.camel.yaml:10:18: unknown component 'flie' in 'flie:x' — did you mean 'file'?")
                .when(
                        "endpoints the wrong way round",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: http:example.com
                              steps:
                                - to:
                                    uri: platform-http:/x
                                - setBody:
                                    expression:
                                      jq:
                                        expression: .a
                        """,
                        "x.camel.yaml:5:12: nothing can be taken from 'http:example.com' — 'http' works only in 'to'",
                        "x.camel.yaml:8:18: nothing can be sent to 'platform-http:/x'"
                                + " — 'platform-http' works only in 'from'",
                        "x.camel.yaml:12:17: the language 'jq' is not there"
                                + " — use simple, or add its jar (camel-jq, with what it needs) to lib/")
                .when(
                        "options that a component does not have, or not there",
                        """
                        - route:
                            id: r
                            description: A route.
                            from:
                              uri: file
                              parameters:
                                delai: 5
                                fileExist: Append
                                delay: soon
                                readLock: always
                                noop: maybe
                                processStrategy: folder
                              steps:
                                - to:
                                    uri: file:y?tempPrefix=.&readLock=none&fileExsit=Fail
                        """,
                        "x.camel.yaml:5:12: 'file' lacks the option 'directoryName'"
                                + " — add 'directoryName:' below 'parameters:'",
                        "x.camel.yaml:7:9: 'file' has no option 'delai' — did you mean 'delay'?",
                        "x.camel.yaml:8:9: option 'fileExist' of 'file' works only where messages are sent ('to')"
                                + " — remove it here",
                        "x.camel.yaml:9:9: option 'delay' cannot be 'soon' — write a whole number, or a time such as 5s",
                        "x.camel.yaml:10:9: option 'readLock' cannot be 'always'"
                                + " — write one of none, markerFile, fileLock, rename, changed, idempotent,"
                                + " idempotent-changed, idempotent-rename",
                        "x.camel.yaml:11:9: option 'noop' cannot be 'maybe' — write true or false",
                        "x.camel.yaml:12:9: option 'processStrategy' cannot be 'folder' — write a bean, written #name",
                        "x.camel.yaml:15:18: 'file' has no option 'fileExsit' — did you mean 'fileExist'?",
                        "x.camel.yaml:15:18: option 'readLock' of 'file' works only where messages are taken ('from')"
                                + " — remove it here")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> findsWhatIsWrongInTheConfiguration() {
        String route = Cases.route("- log:\n    message: '{{split.mine}}'");
        return new Cases(directory)
                .whenBoth(
                        "keys given twice, misspelt, of nobody, and of the integrator's own",
                        """
                        # comment
                        retry.max = 3
                        retry.max = 4
                        upstream.ur1 = x
                        intake = folder
                        retry.colour = blue
                        split.mine = 1
                        my.own = {{retry.max}}
                        limits.mini.match = *:gpt-4o-mini*
                        limits.mini.colour = blue
                        tenants.gold.weight = 3
                        camel.main.name = x
                        """,
                        route,
                        "application.properties:3:1: 'retry.max' is given twice; the first, on line 2, is ignored"
                                + " — keep one of them",
                        "application.properties:4:1: unknown key 'upstream.ur1'; nothing reads it"
                                + " — did you mean 'upstream.url'?",
                        "application.properties:5:1: unknown key 'intake'; nothing reads it — did you mean 'intakes'?",
                        "application.properties:6:1: advice: unknown key 'retry.colour'; neither Sluice nor a route reads it"
                                + " — remove it",
                        "application.properties:10:1: advice: unknown key 'limits.mini.colour'; neither Sluice nor a route"
                                + " reads it — remove it")
                .whenBoth(
                        "a placeholder that stays open",
                        "split.mine = \\\n  {{retry.max:3}\n",
                        route,
                        "application.properties:1: '{{' without '}}' in 'split.mine'"
                                + " — write {{key}}; braces that are no placeholder go in quotes of their own: '{{'")
                .tests();
    }

    @Test
    void showsNoSecrets() {
        CheckedBundle bundle = new CheckedBundle(directory)
                .configuration("upstream.api-key = sk-secret{{")
                .file("x.camel.yaml", Cases.route("""
                                - to: sftp://me:secret@example.com/in?password=secret
                                - to:
                                    uri: ftp://me:secret@example.com/in?password=secret
                                """));
        assertThat(bundle.findings()).hasSize(4).noneMatch(finding -> finding.contains("secret"));
    }

    @Test
    void saysWhereAFileIsNotUtf8() throws IOException {
        CheckedBundle bundle = new CheckedBundle(directory);
        Files.write(directory.resolve("x.camel.yaml"), new byte[] {'#', '\n', '#', ' ', (byte) 0xE4, '\n'});
        assertThat(bundle.findings())
                .containsExactly("x.camel.yaml:2: byte 0xE4 is not UTF-8 — save the file as UTF-8");
    }

    @Test
    void advisesOnFilesThatWillNotBeLoaded() {
        CheckedBundle bundle = new CheckedBundle(directory)
                .file("x.camel.yaml", Cases.route("- stop: {}"))
                .file("more/x.camel.yaml", Cases.route("- stop: {}"))
                .file("y.yaml", "- route:\n");
        assertThat(bundle.findings())
                .containsExactly(
                        "more/x.camel.yaml: advice: it is in a subdirectory, so it will not be loaded"
                                + " — move it to its parent",
                        "y.yaml: advice: the name does not end in .camel.yaml, so it will not be loaded"
                                + " — rename it, or move it elsewhere");
        assertThat(bundle.report().summary()).isEqualTo("1 file, 1 route: all good, 2 advice");
    }

    @Test
    void checksTheOtherFilesIfOneIsBroken() {
        CheckedBundle bundle = new CheckedBundle(directory)
                .file("a.camel.yaml", "- route: [\n")
                .file("b.camel.yaml", Cases.route("- stp: {}"));
        assertThat(bundle.findings())
                .hasSize(2)
                .anyMatch(finding -> finding.startsWith("a.camel.yaml:2"))
                .anyMatch(finding -> finding.startsWith("b.camel.yaml:7:11: unknown step 'stp'"));
    }

    /** Whatever an editor saves half-way is a finding, not a stack trace. */
    @Test
    void neverFailsOnAFileThatIsCutShort() throws Exception {
        String whole = Files.readString(good().resolve("pipeline.camel.yaml"));
        for (int end = 0; end < whole.length(); end += 7) {
            CheckedBundle bundle = new CheckedBundle(directory).file("x.camel.yaml", whole.substring(0, end));
            assertThatCode(bundle::report).as("the first %d characters", end).doesNotThrowAnyException();
        }
    }

    @Test
    void camelLoadsTheCorrectRoutes() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext();
                Stream<Path> files = Files.list(good())) {
            camel.build();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
                PluginHelper.getRoutesLoader(camel)
                        .loadRoutes(PluginHelper.getResourceLoader(camel)
                                .resolveResource(file.toUri().toString()));
            }
            assertThat(camel.getRouteDefinitions()).hasSize(5);
        }
    }

    @Test
    void checksTenFilesWithinSeconds() throws Exception {
        String whole = Files.readString(good().resolve("pipeline.camel.yaml"));
        CheckedBundle bundle = new CheckedBundle(directory);
        for (int i = 0; i < 10; i++) {
            bundle.file(i + ".camel.yaml", whole);
        }
        Report report = assertTimeout(Duration.ofSeconds(5), bundle::report);
        assertThat(report.files()).isEqualTo(10);
    }

    @Test
    void aliasesDoNotLeadInCircles() {
        CheckedBundle bundle = new CheckedBundle(directory).file("x.camel.yaml", "- &a\n  route: *a\n");
        assertThat(bundle.findings()).isNotEmpty();
    }

    private static Path good() throws URISyntaxException {
        return Path.of(RouteCheckTest.class.getResource("/check/good").toURI());
    }
}
