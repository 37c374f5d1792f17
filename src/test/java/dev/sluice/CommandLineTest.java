package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @Test
    void tellsItsCommandsAndItsVersion() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("run", "check", "sandbox");
        out.getBuffer().setLength(0);
        assertThat(run("--version")).isZero();
        assertThat(out.toString().strip()).matches("sluice \\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void tellsTheExitCodesOfSignals() {
        assertThat(run("run", "--help")).isZero();
        assertThat(out.toString()).contains("143", "SIGTERM", "130", "Ctrl-C");
    }

    @Test
    void theShippedRoutesAndConfigurationAreFaultless() {
        assertThat(run("check")).as(out.toString()).isZero();
        assertThat(out.toString()).doesNotContain("advice").contains("all good");
    }

    @Test
    void theExampleRoutesAreFaultlessBesideTheShippedOnes() throws Exception {
        Path routes = Files.createDirectory(folder.resolve("routes"));
        copy(Path.of("routes"), routes);
        copy(Path.of("examples/routes"), routes);

        assertThat(run("check", "--routes", routes.toString()))
                .as(out.toString())
                .isZero();
        assertThat(out.toString()).doesNotContain("advice");
    }

    @Test
    void refusesAFolderThatIsNotThere() {
        assertThat(run("run", "--routes", folder.resolve("nowhere").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("--routes", "nowhere", "is not a directory");
    }

    @Test
    void refusesAnIntakeThatHasNoRoute() throws Exception {
        assertThat(runWith("intakes", "folder,telegraph")).isEqualTo(2);
        assertThat(err.toString()).contains("intakes names 'telegraph'", "intake-telegraph.camel.yaml", "folder");
        assertThat(err.toString()).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({"jms.port, jms", "rest.port, rest", "manage.port, ''", "sandbox.port, ''"})
    void saysInPlainWordsThatAPortIsTaken(String key, String intake) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Properties settings = new Properties();
            settings.putAll(Map.of("intakes", intake, "manage.port", "0", "redis.folder", folder + "/redis"));
            settings.put("jms.folder", folder + "/broker");
            settings.put("batch.api", folder + "/api");
            settings.put(key, String.valueOf(taken.getLocalPort()));

            assertThat(runWith(settings)).isOne();
            assertThat(err.toString())
                    .startsWith("sluice: ")
                    .contains(key, String.valueOf(taken.getLocalPort()))
                    .doesNotContain("Exception: ", "\tat ")
                    .hasLineCount(1);
        }
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "throttle.max-concurrent      | 0      | a whole number from 1 to 100000",
                "retry.larger-models          | small  | pairs such as gpt-4o-mini=gpt-4.1",
                "upstream.api-key             | file:/not/there | a key, or file:",
                "throttle.max-concurrent      | many   | a whole number from 1 to 100000",
                "progress.every-ms            | 0      | a whole number from 100 to 2147483647",
                "throttle.requests-per-period | 0      | a whole number from 1 to 1000000",
                "throttle.period-ms           | -1     | a whole number from 1 to 2147483647",
                "folder.poll-ms               | 0      | a whole number from 1 to 2147483647",
                "folder.max-bytes             | 1e6    | a whole number from 1 to 1073741824",
                "limit.tokens-per-minute      | 100000000001 | a whole number from 1 to 100000000000",
                "retry.max                    | -1     | a whole number from 0 to 2147483647",
                "retry.base-ms                | soon   | a whole number from 0 to 2147483647",
                "retry.multiplier             | 0.5    | a number from 1 to 100",
                "retry.multiplier             | NaN    | a number from 1 to 100",
                "retry.max-ms                 | 999    | a whole number from 1000 to 2147483647",
                "manage.port                  | abc    | a whole number from 0 to 65535",
                "manage.port                  | 65536  | a whole number from 0 to 65535",
            })
    void refusesAValueOutOfRangeWithKeyValueAndRange(String key, String value, String range) throws Exception {
        assertThat(runWith(key, value)).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        key + " must be " + range,
                        "'" + value + "'",
                        key.toUpperCase().replaceAll("[.-]", "_"));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "folder.done, inbox/done, folder.inbox",
        "folder.outbox, inbox, folder.inbox",
        "folder.outbox, done/../done, folder.done",
        "folder.failed, outbox/failed, folder.outbox",
        "folder.done, ., folder.inbox"
    })
    void refusesAFolderInAnother(String key, String value, String other) throws Exception {
        Properties settings = new Properties();
        for (String name : List.of("inbox", "outbox", "failed", "done")) {
            settings.setProperty("folder." + name, folder.resolve(name).toString());
        }
        settings.setProperty(key, folder.resolve(value).toString());

        assertThat(runWith(settings)).isEqualTo(2);
        assertThat(err.toString())
                .contains(key, settings.getProperty(key), other, settings.getProperty(other))
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://me:secret@example.org/v1",
                "https://me:sec/secret@example.org/v1",
                "https://me:p@secret@example.org/v1",
                "https://example.org/v1?api-key=secret",
                "https://example.org/v1#secret",
                "me:secret@example.org",
                "https://example.org/a path?secret",
            })
    void refusesAnUpstreamUrlWithoutShowingItsSecrets(String url) throws Exception {
        assertThat(runWith("upstream.url", url)).isEqualTo(2);
        assertThat(err.toString())
                .contains("upstream.url must be like", "example.org")
                .doesNotContain("secret");
    }

    @Test
    void theSandboxNamesASettingThatItDoesNotHave() {
        assertThat(run("sandbox", "latncy-ms=5")).isEqualTo(2);
        assertThat(err.toString()).contains("latncy-ms", "docs/sandbox.md");
    }

    @Test
    void keysThatAreAnIntegratorsOwnAreFaultless() throws Exception {
        Files.write(
                folder.resolve("application.properties"),
                List.of(
                        "camel.beans.jmsConnectionFactory=#class:org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory",
                        "camel.beans.retryPolicy2.redeliveryDelay=5",
                        "camel.component.https.max-total-connections=5",
                        "camel.main.duration-max-seconds=5"));

        assertThat(run("check", "--config", folder.toString()))
                .as(out.toString())
                .isZero();
        assertThat(out.toString()).contains("all good").doesNotContain("advice");
    }

    @Test
    void refusesHalfOfATlsConfiguration() throws Exception {
        Properties settings = new Properties();
        settings.putAll(Map.of("intakes", "rest", "rest.port", "0", "rest.tls-key", folder.resolve("key.pem") + ""));

        assertThat(runWith(settings)).isEqualTo(2);
        assertThat(err.toString()).contains("rest.tls-certificate", "rest.tls-key");
    }

    @Test
    void refusesAKeyThatNoHeaderCanHoldWithoutShowingIt() throws Exception {
        assertThat(runWith("upstream.api-key", "sk-\u2026secret")).isEqualTo(2);
        assertThat(err.toString()).contains("upstream.api-key", "plain ASCII").doesNotContain("secret");
    }

    private int runWith(String key, String value) throws Exception {
        Properties settings = new Properties();
        settings.setProperty(key, value);
        settings.setProperty("folder.inbox", folder.resolve("inbox").toString());
        return runWith(settings);
    }

    private int runWith(Properties settings) throws Exception {
        settings.setProperty("redis.folder", folder.resolve("redis").toString());
        settings.putIfAbsent("intakes", "folder"); // no ports that something else on this machine may have
        settings.putIfAbsent("manage.port", "0");
        try (var writer = Files.newBufferedWriter(folder.resolve("application.properties"))) {
            settings.store(writer, null);
        }
        return run("run", "--config", folder.toString());
    }

    private int run(String... args) {
        CommandLine command = Sluice.commandLine(Path.of(""));
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(args);
    }

    private static void copy(Path from, Path to) throws Exception {
        try (var files = Files.list(from)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
