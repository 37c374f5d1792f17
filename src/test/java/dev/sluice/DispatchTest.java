package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders and batches whose messages go to other nodes by the queue. */
class DispatchTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String CHAT =
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":%b}";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(10)).withRecord(true));
    private final List<Node> nodes = new ArrayList<>();
    private Node keeper;

    @BeforeEach
    void startBroker() throws Exception {
        keeper = start("keeper", Map.of("intakes", "jms", "jms.request-queue", "unused"));
        Queues.awaitReady(keeper);
    }

    @AfterEach
    void stop() {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            nodes.get(i).close(); // the broker last
        }
        sandbox.close();
    }

    @Test
    void filesAreAnsweredByNodesThatDoNotSeeTheFolder() throws Exception {
        Node collector = collector("folder", Map.of());
        worker("worker");
        for (int i = 0; i < 20; i++) {
            collector.drop("sub/m%d.json".formatted(i), CHAT.formatted("sandbox-echo", "question " + i, i % 3 == 0));
        }
        collector.drop("refused.json", CHAT.formatted("sandbox-401", "in vain", false));
        collector.drop("broken.json", "{\"model\":");

        await().atMost(SOON)
                .until(() -> Tree.files(data.resolve("collector/done")).size() == 20);
        await().atMost(SOON).until(() -> Files.exists(collector.failed("refused.json.error.json")));

        for (int i = 0; i < 20; i++) {
            assertThat(Files.readString(collector.outbox("sub/m%d.json.json".formatted(i))))
                    .contains("question " + i + "\"");
        }
        JsonNode refused =
                JSON.readTree(collector.failed("refused.json.error.json").toFile());
        assertThat(refused.path("code").asText()).isEqualTo("invalid_api_key");
        assertThat(refused.path("status").asInt()).isEqualTo(401);
        assertThat(refused.path("attempts").asInt()).isEqualTo(1);
        assertThat(collector.failed("broken.json.error.json")).exists();
        try (Queues queues = Queues.at(broker())) {
            assertThat(queues.waiting("chat.answers")).isEmpty();
            assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
            assertThat(queues.waiting(Queues.PIECES)).isEmpty();
            assertThat(queues.waiting(Queues.DEAD)).isEmpty();
        }
        assertThat(sandbox.stats().accepted()).isEqualTo(20);
    }

    @Test
    void linesOfABatchKeepWhatTheySay() throws Exception {
        collector("batch", Map.of());
        worker("worker");
        Path inbox = Files.createDirectories(data.resolve("collector/batches/inbox"));
        List<String> lines = new ArrayList<>(IntStream.range(0, 30)
                .mapToObj(i -> line("c" + i, "/v1/chat/completions", CHAT.formatted("sandbox-echo", "q" + i, false)))
                .toList());
        lines.add(line("e", "/v1/embeddings", "{\"model\":\"sandbox-echo\",\"input\":\"words\"}"));
        lines.add(line("bad", "/v1/chat/completions", CHAT.formatted("sandbox-400", "x", false)));
        Files.write(inbox.resolve("in.part"), lines);
        Files.move(inbox.resolve("in.part"), inbox.resolve("in.jsonl"));

        Path batches = data.resolve("collector/batches");
        await().atMost(SOON).until(() -> Files.exists(batches.resolve("done/in.jsonl")));

        Map<String, JsonNode> output = byId(batches.resolve("outbox/in.output.jsonl"));
        assertThat(output).hasSize(31);
        assertThat(output.get("c7")
                        .at("/response/body/choices/0/message/content")
                        .asText())
                .isEqualTo("q7");
        assertThat(output.get("e").at("/response/body/object").asText()).isEqualTo("list");
        Map<String, JsonNode> errors = byId(batches.resolve("outbox/in.errors.jsonl"));
        assertThat(errors).containsOnlyKeys("bad");
        assertThat(errors.get("bad").at("/response/status_code").asInt()).isEqualTo(400);
    }

    @Test
    void answersThatComeWhileNobodyCollectsAreNotCalledTwice() throws Exception {
        Node first = collector("folder", Map.of());
        for (int i = 0; i < 10; i++) {
            first.drop("m%d.json".formatted(i), CHAT.formatted("sandbox-echo", "question " + i, false));
        }
        try (Queues queues = Queues.at(broker())) {
            await().atMost(SOON).until(() -> queues.waiting(Queues.REQUESTS).size() == 10);
            nodes.remove(first);
            first.close();
            worker("worker");
            await().atMost(SOON).until(() -> queues.waiting("chat.answers").size() == 10);
        }

        collector("folder", Map.of());

        await().atMost(SOON)
                .until(() -> Tree.files(data.resolve("collector/done")).size() == 10);
        assertThat(sandbox.stats().accepted()).isEqualTo(10);
    }

    @Test
    void aNodeThatStandsByTakesOver() throws Exception {
        Node first = collector("folder", Map.of());
        await().atMost(SOON)
                .until(() -> first.camel().getRoute("intake-folder").getConsumer() != null
                        && first.camel()
                                .getRouteController()
                                .getRouteStatus("intake-folder")
                                .isStarted());
        Node second = collector("folder", Map.of());
        worker("worker");
        assertThat(second.camel()
                        .getRouteController()
                        .getRouteStatus("intake-folder")
                        .isStarted())
                .isFalse();

        nodes.remove(first);
        first.close();
        second.drop("late.txt", "to the second");

        await().atMost(SOON).until(() -> Files.exists(second.outbox("late.txt.json")));
    }

    @Test
    void theBatchCommandDispatchesToo() throws Exception {
        worker("worker");
        Files.write(
                data.resolve("in.jsonl"),
                IntStream.range(0, 30)
                        .mapToObj(i ->
                                line("c" + i, "/v1/chat/completions", CHAT.formatted("sandbox-echo", "q" + i, false)))
                        .toList());
        Map<String, String> byQueue = Map.of("DISPATCH", "jms", "JMS_BROKER_URL", broker());

        try (BatchProcess batch = BatchProcess.start(data, URI.create("http://127.0.0.1:1/v1"), byQueue, "in.jsonl")) {
            assertThat(batch.exitCode()).as(batch.err()).isZero();
            assertThat(batch.out()).as("what others have used for it").containsPattern("tokens=[1-9]");
        }

        assertThat(byId(data.resolve("in.output.jsonl"))).hasSize(30);
        assertThat(sandbox.stats().accepted()).isEqualTo(30);
    }

    private Node collector(String intakes, Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "intakes",
                intakes,
                "dispatch",
                "jms",
                "dispatch.folder",
                data.resolve("dispatch").toString(),
                "jms.broker-url",
                broker()));
        settings.putAll(more);
        return start("collector", settings);
    }

    private void worker(String name) throws Exception {
        start(
                name,
                Map.of(
                        "intakes",
                        "jms",
                        "jms.broker-url",
                        broker(),
                        "upstream.url",
                        sandbox.url().toString()));
    }

    private Node start(String name, Map<String, String> settings) throws Exception {
        Node node = Node.start(data.resolve(name), settings);
        nodes.add(node);
        return node;
    }

    private String broker() {
        return "tcp://127.0.0.1:" + keeper.camel().resolvePropertyPlaceholders("{{jms.port}}");
    }

    private static String line(String id, String url, String body) {
        return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":%s}".formatted(id, url, body);
    }

    private static Map<String, JsonNode> byId(Path file) throws Exception {
        Map<String, JsonNode> byId = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JSON.readTree(line);
            assertThat(byId.put(json.path("custom_id").asText(), json)).as(line).isNull();
        }
        return byId;
    }
}
