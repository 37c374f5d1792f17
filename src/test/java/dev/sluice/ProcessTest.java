package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: its environment, its ports and how it ends. */
class ProcessTest {
    @TempDir
    Path data;

    private SluiceProcess process;

    @AfterEach
    void stop() {
        process.close();
    }

    @Test
    void anEmptyVariableIsAsGoodAsNone() throws Exception {
        dropAPrompt();

        process = start(Map.of(
                "UPSTREAM_URL", "",
                "REDIS_URL", "",
                "RETRY_MAX", "",
                "INTAKES", " ",
                "FOLDER_MODEL", "sandbox-echo"));

        awaitTheAnswer();
        assertThat(process.log()).contains("upstream=sandbox").doesNotContain("\tat ");
    }

    @Test
    void doesNotRunWithoutItsHealthPort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = String.valueOf(taken.getLocalPort());
            process = start(Map.of("MANAGE_PORT", port));

            assertThat(process.exitCode()).isEqualTo(1);
            assertThat(process.log())
                    .contains("manage.port=" + port, "MANAGE_PORT")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void takesAnyFreePortForHealthAndSaysWhich() throws Exception {
        process = start(Map.of("MANAGE_PORT", "0"));

        Pattern health = Pattern.compile("health=(http://127.0.0.1:[1-9]\\d*/observe/health)");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> health.matcher(process.log()).find());
        Matcher url = health.matcher(process.log());
        assertThat(url.find()).isTrue();
        await().atMost(Duration.ofSeconds(60)).until(() -> isUp(url.group(1)));
    }

    @Test
    void saysWhatBecomesOfACallInFlightWhenItIsToldToStop() throws Exception {
        var slow = SandboxConfig.defaults().withLatency(Duration.ofMillis(1500));
        try (Sandbox sandbox = Sandbox.start(slow)) {
            dropAPrompt();
            process = start(Map.of("UPSTREAM_URL", sandbox.url().toString()));
            await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.stats().accepted() == 1);

            process.terminate();

            assertThat(process.exitCode()).isEqualTo(128 + 15);
            assertThat(process.log()).contains("answered file=hello.txt");
        }
    }

    private static boolean isUp(String health) throws Exception {
        try {
            return Http.get(health).statusCode() == 200;
        } catch (ConnectException e) {
            return false; // not yet
        }
    }

    private SluiceProcess start(Map<String, String> variables) throws IOException {
        return SluiceProcess.start(data, variables);
    }

    private void dropAPrompt() throws IOException {
        Files.writeString(Files.createDirectories(data.resolve("inbox")).resolve("hello.txt"), "Hello");
    }

    private void awaitTheAnswer() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Files.exists(data.resolve("outbox/hello.txt.json"))
                        || Files.exists(data.resolve("failed/hello.txt.error.json"))
                        || !process.isAlive());
        assertThat(data.resolve("outbox/hello.txt.json")).content().contains("Hello");
    }
}
