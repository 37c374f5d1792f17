package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.admit.RestartedRedis;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages from a folder, a queue and a batch, while a fifth of all calls goes wrong in every way, Redis and the broker are
 * restarted, and the processes are killed: every message ends in exactly one answer or one dead letter. Short here;
 * {@code mvn test -Pchaos} is the long one.
 */
class ChaosTest {
    private static final Logger LOG = LoggerFactory.getLogger(ChaosTest.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MESSAGES = Integer.getInteger("chaos.messages", 240);
    private static final int KILLS = Integer.getInteger("chaos.kills", 2);
    private static final int LINES = MESSAGES / 3;
    private static final int REQUESTS = MESSAGES / 3;
    private static final int FILES = MESSAGES - LINES - REQUESTS;
    /** So that none of the three is done before the last kill. */
    private static final int CALLS_PER_MINUTE = 5_000;

    private static final String FAULTS =
            "500:0.05,503:0.02,status-529:0.02,reset:0.04,cut:0.03,malformed:0.01,empty:0.01,"
                    + "error-in-200:0.005,html:0.003,429:0.002,stall:0.002,quota:0.004,401:0.004";

    @TempDir
    Path data;

    private final Map<String, Integer> ledger = new TreeMap<>();

    @Test
    void everyMessageEndsInExactlyOneAnswerOrOneDeadLetter() throws Exception {
        long begun = System.nanoTime();
        writeFiles();
        writeLines();
        try (Sandbox sandbox = Sandbox.start(SandboxConfig.defaults()
                        .withLatency(Duration.ofMillis(30))
                        .withFaults(FAULTS));
                RestartedRedis redis = new RestartedRedis(data.resolve("redis"));
                BrokerProcess broker = BrokerProcess.start(data.resolve("artemis"))) {
            awaitUp(broker);
            sendRequests(broker);
            Map<String, String> settings = settings(sandbox, redis, broker);
            for (int kill = 1; kill <= KILLS; kill++) {
                try (SluiceProcess server = SluiceProcess.start(data, settings);
                        BatchProcess batch = batch(sandbox, settings)) {
                    awaitCalls(sandbox, MESSAGES * (2 * kill - 1) / (2 * KILLS + 2));
                    redis.restart();
                    broker.kill();
                    broker.start();
                    awaitCalls(sandbox, MESSAGES * 2 * kill / (2 * KILLS + 2));
                    server.kill();
                    batch.kill();
                }
            }
            try (SluiceProcess server = SluiceProcess.start(data, settings);
                    BatchProcess batch = batch(sandbox, settings)) {
                await().atMost(Duration.ofMinutes(10))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> Tree.files(data.resolve("inbox")).isEmpty() && requestsEnded(broker) >= REQUESTS);
                assertThat(batch.exitCode()).as(batch.err()).isBetween(0, 1);
                server.terminate();
                server.exitCode();
            }
            count("calls", (int) calls(sandbox));
            countRequests(broker);
        }
        countFiles();
        countLines();
        count("processes killed", 2 * KILLS);
        count("Redis restarted", KILLS);
        count("broker killed", KILLS);
        count("seconds", (int) Duration.ofNanos(System.nanoTime() - begun).toSeconds());
        LOG.info("ledger of {} files, {} lines and {} requests: {}", FILES, LINES, REQUESTS, ledger);
    }

    private void countFiles() throws IOException {
        for (int i = 0; i < FILES; i++) {
            String name = "message-" + i + ".txt";
            boolean answered = Files.exists(data.resolve("outbox").resolve(name + ".json"));
            Path record = data.resolve("failed").resolve(name + ".error.json");
            assertThat(answered).as(name).isNotEqualTo(Files.exists(record));
            Path kept = data.resolve(answered ? "done" : "failed").resolve(name);
            assertThat(kept).hasContent("question of file " + i);
            count(
                    "file "
                            + (answered
                                    ? "answered"
                                    : JSON.readTree(record.toFile())
                                            .path("code")
                                            .asText()),
                    1);
        }
        assertThat(Tree.files(data.resolve("outbox"))).hasSize(ledger.getOrDefault("file answered", 0));
        assertThat(Tree.files(data.resolve("failed"))).hasSize(2 * (FILES - ledger.getOrDefault("file answered", 0)));
    }

    private void countLines() throws IOException {
        Map<String, Integer> seen = new HashMap<>();
        for (String file : List.of("lines.output.jsonl", "lines.errors.jsonl")) {
            for (String line : read(data.resolve(file))) {
                JsonNode json = JSON.readTree(line);
                seen.merge(json.path("custom_id").asText(), 1, Integer::sum);
                JsonNode code = json.findPath("code");
                count("line " + (file.contains("output") ? "answered" : code.asText()), 1);
            }
        }
        assertThat(seen).hasSize(LINES).allSatisfy((id, times) -> assertThat(times)
                .isOne());
    }

    private void countRequests(BrokerProcess broker) throws JMSException {
        Map<String, Integer> seen = new HashMap<>();
        try (Queues queues = Queues.at(broker.url())) {
            for (Message answer : queues.waiting(Queues.RESPONSES)) {
                seen.merge(answer.getJMSCorrelationID(), 1, Integer::sum);
                count("request answered", 1);
            }
            for (Message dead : queues.waiting(Queues.DEAD)) {
                String id = dead.getJMSCorrelationID();
                seen.merge(id, 1, Integer::sum);
                assertThat(Queues.text(dead)).isEqualTo("question of request " + id);
                count("request " + dead.getStringProperty("SluiceCode"), 1);
            }
            assertThat(queues.waiting(Queues.REQUESTS)).isEmpty();
        }
        assertThat(seen).hasSize(REQUESTS).allSatisfy((id, times) -> assertThat(times)
                .isOne());
    }

    private void count(String what, int times) {
        ledger.merge(what, times, Integer::sum);
    }

    private static void awaitCalls(Sandbox sandbox, int calls) {
        await().atMost(Duration.ofMinutes(5)).pollInterval(Duration.ofMillis(5)).until(() -> calls(sandbox) >= calls);
    }

    private static long calls(Sandbox sandbox) {
        return sandbox.stats().accepted() + sandbox.stats().failed();
    }

    private static void awaitUp(BrokerProcess broker) {
        await().atMost(Duration.ofMinutes(2)).until(broker::isUp);
    }

    private static int requestsEnded(BrokerProcess broker) throws JMSException {
        try (Queues queues = Queues.at(broker.url())) {
            return queues.waiting(Queues.RESPONSES).size()
                    + queues.waiting(Queues.DEAD).size();
        } catch (JMSRuntimeException e) {
            return 0; // the broker is being started
        }
    }

    private static List<String> read(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private void writeFiles() throws IOException {
        Path inbox = Files.createDirectories(data.resolve("inbox"));
        for (int i = 0; i < FILES; i++) {
            Files.writeString(inbox.resolve("message-" + i + ".txt"), "question of file " + i);
        }
    }

    private void writeLines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < LINES; i++) {
            lines.add(
                    "{\"custom_id\":\"line-%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"question of line %d\"}]}}"
                            .formatted(i, i % 2 == 0, i));
        }
        Files.write(data.resolve("lines.jsonl"), lines);
    }

    private static void sendRequests(BrokerProcess broker) throws JMSException {
        try (Queues queues = Queues.at(broker.url())) {
            for (int i = 0; i < REQUESTS; i++) {
                String id = "r" + i;
                boolean streamed = i % 2 == 0;
                queues.send("question of request " + id, message -> {
                    message.setJMSCorrelationID(id);
                    message.setBooleanProperty("SluiceStream", streamed);
                });
            }
        }
    }

    private BatchProcess batch(Sandbox sandbox, Map<String, String> settings) throws IOException {
        return BatchProcess.start(
                data, sandbox.url(), settings, data.resolve("lines.jsonl").toString());
    }

    private static Map<String, String> settings(Sandbox sandbox, RestartedRedis redis, BrokerProcess broker) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "INTAKES", "folder,jms",
                "UPSTREAM_URL", sandbox.url().toString(),
                "REDIS_URL", redis.url(),
                "JMS_BROKER_URL", broker.url(),
                "THROTTLE_MAX_CONCURRENT", "16",
                "LIMIT_TOKENS_PER_MINUTE", "1000000000",
                "RETRY_BASE_MS", "20",
                "UPSTREAM_FIRST_BYTE_TIMEOUT_MS", "3000",
                "UPSTREAM_IDLE_TIMEOUT_MS", "3000",
                "CAMEL_MANAGEMENT_ENABLED", "false"));
        settings.put("LIMIT_REQUESTS_PER_MINUTE", Integer.toString(CALLS_PER_MINUTE));
        return settings;
    }
}
