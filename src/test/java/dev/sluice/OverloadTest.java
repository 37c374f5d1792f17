package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls in flight to an upstream that fails. */
class OverloadTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path data;

    @Test
    void onlyAnUpstreamThatFailsManyCallsGetsFewerAtOnce() throws Exception {
        Map<String, String> settings = Map.of(
                "limits.bad.match", "*:sandbox-503",
                "limit.max-in-flight", "64",
                "retry.max", "0",
                "sandbox.faults", "503:0.05",
                "sandbox.latency-ms", "20");
        try (Node node = Node.start(data, settings);
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            for (int i = 0; i < 100; i++) {
                String model = i % 2 == 0 ? "sandbox-503" : "sandbox-echo";
                template.asyncRequestBody(
                        "direct:pipeline",
                        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}".formatted(model));
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> most(node, "bad") < 64);
            await().atMost(Duration.ofMinutes(1)).until(() -> metric(node, "sluice_calls_in_flight") == 0);

            assertThat(most(node, "default")).isEqualTo(64);
        }
    }

    private static double most(Node node, String limit) throws Exception {
        return metric(node, "sluice_limiter_in_flight_most{limit=\"%s\"}".formatted(limit));
    }

    private static double metric(Node node, String name) throws Exception {
        return Http.metric(node.manage() + "/observe/metrics", name);
    }
}
