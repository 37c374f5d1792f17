package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.admit.RestartedRedis;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
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
 * Messages from a folder and from a batch, while a fifth of all calls goes wrong in every way, Redis is restarted, and the
 * processes are killed: every message ends in exactly one answer or one dead letter. Short here; {@code mvn verify -Pchaos}
 * is the long one.
 */
class ChaosTest {
    private static final Logger LOG = LoggerFactory.getLogger(ChaosTest.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MESSAGES = Integer.getInteger("chaos.messages", 240);
    private static final int KILLS = Integer.getInteger("chaos.kills", 2);
    private static final int LINES = MESSAGES / 3;
    private static final int FILES = MESSAGES - LINES;
    private static final String FAULTS = "500:0.05,503:0.02,529:0.02,reset:0.04,cut:0.03,malformed:0.01,empty:0.01,"
            + "error-in-200:0.005,html:0.003,429:0.002,stall:0.002,quota:0.004,401:0.004";

    @TempDir
    Path data;

    private final Map<String, Integer> ledger = new TreeMap<>();

    @Test
    void everyMessageEndsInExactlyOneAnswerOrOneDeadLetter() throws Exception {
        long begun = System.nanoTime();
        writeMessages();
        try (Sandbox sandbox = Sandbox.start(SandboxConfig.defaults()
                        .withLatency(Duration.ofMillis(30))
                        .withFaults(FAULTS.replace("529:", "status-529:")));
                RestartedRedis redis = new RestartedRedis(data.resolve("redis"))) {
            Map<String, String> settings = settings(sandbox, redis);
            for (int kill = 1; kill <= KILLS; kill++) {
                try (SluiceProcess folder = SluiceProcess.start(data, settings);
                        BatchProcess batch = batch(sandbox, settings)) {
                    int goal = FILES * kill / (KILLS + 1);
                    await().atMost(Duration.ofMinutes(5))
                            .pollInterval(Duration.ofMillis(5))
                            .until(() -> ended() >= goal);
                    redis.restart();
                    folder.kill();
                    batch.kill();
                }
            }
            try (SluiceProcess folder = SluiceProcess.start(data, settings);
                    BatchProcess batch = batch(sandbox, settings)) {
                await().atMost(Duration.ofMinutes(10))
                        .until(() -> Tree.files(data.resolve("inbox")).isEmpty());
                assertThat(batch.exitCode()).as(batch.err()).isBetween(0, 1);
                folder.terminate();
                folder.exitCode();
            }
            ledger.put(
                    "calls", (int) (sandbox.stats().accepted() + sandbox.stats().failed()));
        }
        countFiles();
        countLines();
        ledger.put("kills", 2 * KILLS);
        ledger.put("seconds", (int) Duration.ofNanos(System.nanoTime() - begun).toSeconds());
        LOG.info("ledger of {} files and {} lines: {}", FILES, LINES, ledger);
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
                    "file",
                    answered
                            ? "answered"
                            : JSON.readTree(record.toFile()).path("code").asText());
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
                count("line", file.contains("output") ? "answered" : code.asText());
            }
        }
        assertThat(seen).hasSize(LINES).allSatisfy((id, times) -> assertThat(times)
                .isOne());
    }

    private void count(String source, String outcome) {
        ledger.merge(source + " " + outcome, 1, Integer::sum);
    }

    private int ended() throws IOException {
        return Tree.files(data.resolve("done")).size()
                + Tree.files(data.resolve("failed")).size() / 2;
    }

    private static List<String> read(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private void writeMessages() throws IOException {
        Path inbox = Files.createDirectories(data.resolve("inbox"));
        for (int i = 0; i < FILES; i++) {
            Files.writeString(inbox.resolve("message-" + i + ".txt"), "question of file " + i);
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < LINES; i++) {
            lines.add(
                    "{\"custom_id\":\"line-%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"question of line %d\"}]}}"
                            .formatted(i, i % 2 == 0, i));
        }
        Files.write(data.resolve("lines.jsonl"), lines);
    }

    private BatchProcess batch(Sandbox sandbox, Map<String, String> settings) throws IOException {
        return BatchProcess.start(
                data, sandbox.url(), settings, data.resolve("lines.jsonl").toString());
    }

    private Map<String, String> settings(Sandbox sandbox, RestartedRedis redis) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "UPSTREAM_URL", sandbox.url().toString(),
                "REDIS_URL", redis.url(),
                "THROTTLE_MAX_CONCURRENT", "16",
                "LIMIT_REQUESTS_PER_MINUTE", "1000000",
                "LIMIT_TOKENS_PER_MINUTE", "1000000000",
                "RETRY_BASE_MS", "20",
                "UPSTREAM_FIRST_BYTE_TIMEOUT_MS", "3000",
                "UPSTREAM_IDLE_TIMEOUT_MS", "3000",
                "CAMEL_MANAGEMENT_ENABLED", "false"));
        settings.put("INTAKES", "folder");
        return settings;
    }
}
