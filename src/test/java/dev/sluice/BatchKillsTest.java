package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch of 20,000 lines that is killed at 50 random moments; {@code mvn -Plong test} runs it. */
@Tag("long")
class BatchKillsTest {
    private static final int LINES = 20_000;
    private static final int KILLS = Integer.getInteger("sluice.kills", 50);
    private static final int CONCURRENT = 32;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void everyLineIsInTheOutputOnceAndFewCallsAreMadeTwice() throws Exception {
        Random random = new Random(50);
        Files.write(
                folder.resolve("in.jsonl"),
                IntStream.range(0, LINES)
                        .mapToObj(i -> ("{\"custom_id\":\"r%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                                        + "\"body\":{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"q%1$d\"}]}}")
                                .formatted(i))
                        .toList());
        try (Sandbox sandbox = Sandbox.start(
                SandboxConfig.defaults().withLatency(Duration.ofMillis(5)).withRecord(true))) {
            for (int kill = 1; kill <= KILLS; kill++) {
                long goal = (long) LINES * kill / (KILLS + 1) + random.nextInt(LINES / KILLS / 2);
                try (BatchProcess batch = start(sandbox)) {
                    await().atMost(Duration.ofMinutes(3))
                            .pollInterval(Duration.ofMillis(1))
                            .until(() -> sandbox.stats().accepted() >= goal);
                    batch.kill();
                }
            }
            try (BatchProcess batch = start(sandbox)) {
                assertThat(batch.exitCode()).as(batch.err()).isZero();
            }
            Set<String> ids = new HashSet<>();
            for (String line : Files.readAllLines(folder.resolve("in.output.jsonl"))) {
                JsonNode json = JSON.readTree(line);
                assertThat(ids.add(json.get("custom_id").asText())).as(line).isTrue();
            }
            assertThat(ids).hasSize(LINES);
            assertThat(Files.size(folder.resolve("in.errors.jsonl"))).isZero();
            assertThat(sandbox.stats().accepted()).isBetween((long) LINES, (long) LINES + KILLS * CONCURRENT);
        }
    }

    private BatchProcess start(Sandbox sandbox) throws Exception {
        return BatchProcess.start(folder, sandbox.url(), "in.jsonl", "--concurrency", Integer.toString(CONCURRENT));
    }
}
