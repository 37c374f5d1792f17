package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthTest {
    @TempDir
    Path data;

    private Node node;

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void isReadyOnceTheIntakeTakesMessages() throws Exception {
        node = Node.start(data, Map.of());

        await().atMost(Duration.ofSeconds(20))
                .until(() -> Http.get(node.manage() + "/observe/health").statusCode() == 200);
        assertThat(Http.get(node.manage() + "/observe/health").body()).contains("\"status\":\"UP\"");
    }

    @Test
    void isNotReadyWhileTheFoldersCannotBeWritten() throws Exception {
        Files.writeString(data.resolve("outbox"), "a file where a folder should be");
        node = Node.start(data, Map.of());

        assertThat(Http.get(node.manage() + "/observe/health").statusCode()).isEqualTo(503);
    }

    @Test
    void isReadyWithoutAnyIntake() throws Exception {
        node = Node.start(data, Map.of("intakes", ""));

        await().atMost(Duration.ofSeconds(20))
                .until(() -> Http.get(node.manage() + "/observe/health").statusCode() == 200);
    }

    @Test
    void countsCallsMessagesWaitsAndTokens() throws Exception {
        node = Node.start(data, Map.of());
        node.drop("good.txt", "hello");
        node.drop("bad.json", "{\"model\":\"sandbox-401\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        node.drop("flaky.json", "{\"model\":\"sandbox-flaky\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Files.exists(node.done("good.txt"))
                        && Files.exists(node.done("flaky.json"))
                        && Files.exists(node.failed("bad.json.error.json")));

        assertThat(Http.get(node.manage() + "/observe/metrics").body())
                .contains(
                        "sluice_messages_total{outcome=\"answered\"} 2.0",
                        "sluice_messages_total{outcome=\"failed\"} 1.0",
                        "sluice_retries_total 2.0",
                        "sluice_calls_seconds_count{outcome=\"succeeded\"} 2",
                        "sluice_calls_seconds_count{outcome=\"failed\"} 2",
                        "sluice_calls_seconds_count{outcome=\"throttled\"} 1",
                        "sluice_calls_in_flight 0.0",
                        "sluice_limiter_wait_seconds_count 5",
                        "sluice_limiter_degraded 0.0")
                .containsPattern("sluice_tokens_total\\{kind=\"completion\"} [1-9]");
    }
}
