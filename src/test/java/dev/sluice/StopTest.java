package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stopping lets calls in flight end and keeps nothing waiting; what was not answered stays in the inbox. */
class StopTest {
    private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    private static final Duration LONG_BEFORE_THE_SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    Path data;

    @Test
    void aMessageThatWaitsForItsRetryGoesBack() throws Exception {
        Node node = Node.start(data, Map.of("retry.base-ms", "60000"));
        node.drop("later.json", CHAT.formatted("sandbox-500"));
        await().until(() -> metric(node, "sluice_retries_total 1.0"));

        Assertions.assertTimeoutPreemptively(LONG_BEFORE_THE_SHUTDOWN_TIMEOUT, node::close);

        assertThat(node.inbox("later.json")).exists();
        assertThat(node.failed("later.json")).doesNotExist();
    }

    @Test
    void messagesThatWaitForTheirPermitGoBack() throws Exception {
        Node node = Node.start(data, Map.of("limit.requests-per-minute", "4", "folder.model", "sandbox-echo"));
        for (int i = 0; i < 30; i++) {
            node.drop(i + ".txt", "permits for ten minutes");
        }
        await().until(() -> metric(node, "sluice_limiter_waiting [1-9]"));

        Assertions.assertTimeoutPreemptively(LONG_BEFORE_THE_SHUTDOWN_TIMEOUT, node::close);

        for (int i = 0; i < 30; i++) {
            String name = i + ".txt";
            assertThat(Files.exists(node.inbox(name)) ^ Files.exists(node.done(name)))
                    .as(name)
                    .isTrue();
            assertThat(node.failed(name)).doesNotExist();
        }
        assertThat(data.resolve("inbox")).isNotEmptyDirectory();
    }

    @Test
    void aCallInFlightMayEnd() throws Exception {
        Node node = Node.start(data, Map.of("sandbox.latency-ms", "1500", "folder.model", "sandbox-echo"));
        node.drop("slow.txt", "in flight");
        await().until(() -> metric(node, "sluice_calls_in_flight 1.0"));

        node.close();

        assertThat(node.done("slow.txt")).exists();
        assertThat(node.outbox("slow.txt.json")).exists();
    }

    private static boolean metric(Node node, String pattern) throws Exception {
        return Pattern.compile(pattern)
                .matcher(Http.get(node.manage() + "/observe/metrics").body())
                .find();
    }
}
