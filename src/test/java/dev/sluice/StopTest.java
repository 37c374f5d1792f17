package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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
    void aMessageThatWaitsForItsPermitGoesBack() throws Exception {
        Node node = Node.start(data, Map.of("limit.requests-per-minute", "4", "folder.model", "sandbox-echo"));
        node.drop("a first.txt", "1");
        await().until(() -> Files.exists(node.done("a first.txt")));
        node.drop("second.txt", "2");
        await().until(() -> metric(node, "sluice_limiter_waiting 1.0"));

        Assertions.assertTimeoutPreemptively(LONG_BEFORE_THE_SHUTDOWN_TIMEOUT, node::close);

        assertThat(node.inbox("second.txt")).exists();
        assertThat(node.failed("second.txt")).doesNotExist();
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

    private static boolean metric(Node node, String line) throws Exception {
        return Http.get(node.manage() + "/observe/metrics").body().contains(line);
    }
}
