package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder and a JSONL file whose messages go by the queue to a worker; the collecting node is killed in the middle, and another
 * goes on. With {@code -Dsluice.long=true} there are more of them, and a worker and the broker are killed too.
 */
class DispatchKillTest {
    private static final boolean LONG = Boolean.getBoolean("sluice.long");
    private static final int EACH = LONG ? 2500 : 80;
    private static final int OUTSTANDING = 40;
    private static final String CHAT =
            "{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"question %s of many\"}]}";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    private Cluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = new Cluster(data);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void everyFileAndEveryLineIsAnsweredOnceWhoeverDies() throws Exception {
        Path shared = data.resolve("shared");
        Path inbox = Files.createDirectories(shared.resolve("inbox"));
        for (int i = 0; i < EACH; i++) {
            Files.writeString(inbox.resolve("m%d.json".formatted(i)), CHAT.formatted("f" + i));
        }
        Path batch = Files.createDirectories(shared.resolve("batches/inbox")).resolve("in.jsonl");
        Files.write(
                batch,
                IntStream.range(0, EACH)
                        .mapToObj(i ->
                                "{\"custom_id\":\"l%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":%s}"
                                        .formatted(i, CHAT.formatted("l" + i)))
                        .toList());
        cluster.startWorker("w1");
        startCollector("c1");
        cluster.awaitCalls(EACH / 2);
        startCollector("c2");
        cluster.kill("c1");
        if (LONG) {
            cluster.startWorker("w2");
            cluster.awaitCalls(EACH * 3 / 4);
            cluster.kill("w1");
            cluster.startWorker("w1");
            cluster.awaitCalls(EACH);
            cluster.broker.kill();
            cluster.broker.start();
        }

        await().atMost(Cluster.PATIENCE.multipliedBy(3))
                .pollInterval(Duration.ofMillis(300))
                .until(() -> Tree.files(shared.resolve("done")).size() == EACH
                        && Files.exists(shared.resolve("batches/done/in.jsonl")));
        assertThat(Tree.files(shared.resolve("failed"))).isEmpty();
        for (int i = 0; i < EACH; i++) {
            assertThat(Files.readString(shared.resolve("outbox/m%d.json.json".formatted(i))))
                    .contains("question f%d of".formatted(i));
        }
        Set<String> ids = new HashSet<>();
        for (String line : Files.readAllLines(shared.resolve("batches/outbox/in.output.jsonl"))) {
            JsonNode json = JSON.readTree(line);
            String id = json.path("custom_id").asText();
            assertThat(ids.add(id)).as("twice: %s", id).isTrue();
            assertThat(json.at("/response/body/choices/0/message/content").asText())
                    .isEqualTo("question %s of many".formatted(id));
        }
        assertThat(ids).hasSize(EACH);
        assertThat(Files.size(shared.resolve("batches/outbox/in.errors.jsonl"))).isZero();
        assertThat(cluster.sandbox.stats().accepted())
                .isBetween(2L * EACH, 2L * EACH + 2 * OUTSTANDING + 4 * Cluster.AT_ONCE);
        try (Queues queues = Queues.at(cluster.broker.url())) {
            await().atMost(Cluster.PATIENCE).untilAsserted(() -> {
                assertThat(queues.waiting("chat.answers")).isEmpty();
                assertThat(queues.waiting(Queues.REQUESTS)).isEmpty();
            });
            assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
            assertThat(queues.waiting(Queues.DEAD)).isEmpty();
        }
    }

    private void startCollector(String name) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "INTAKES",
                "folder,batch",
                "DISPATCH",
                "jms",
                "DISPATCH_FOLDER",
                data.resolve("shared/dispatch").toString(),
                "DISPATCH_MAX_OUTSTANDING",
                Integer.toString(OUTSTANDING)));
        for (String folder : new String[] {"inbox", "outbox", "failed", "done"}) {
            settings.put(
                    "FOLDER_" + folder.toUpperCase(),
                    data.resolve("shared").resolve(folder).toString());
        }
        for (String folder : new String[] {"inbox", "outbox", "failed", "done", "state"}) {
            settings.put(
                    "BATCH_" + folder.toUpperCase(),
                    data.resolve("shared/batches").resolve(folder).toString());
        }
        cluster.start(name, settings);
    }
}
