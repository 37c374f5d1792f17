package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sluice as a process of its own, killed with SIGKILL in the middle of its work, again and again. */
class KillTest {
    private static final int MESSAGES = 400;
    private static final int CONCURRENT = 16;
    private static final int KILLS = 4;
    /** Answers that may wait to be written when it is killed: they have given their place to another call. */
    private static final long WRITING = 64;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(40)).withRecord(true));
    private SluiceProcess process;

    @AfterEach
    void stop() {
        process.close();
        sandbox.close();
    }

    @Test
    void everyMessageIsAnsweredExactlyOnceHoweverOftenTheProcessDies() throws Exception {
        Path inbox = Files.createDirectories(data.resolve("inbox/sub"));
        for (int i = 0; i < MESSAGES; i++) {
            Files.writeString(inbox.resolve("message " + i + ".txt"), "question number " + i);
        }
        Random random = new Random(7);
        for (int kill = 1; kill <= KILLS; kill++) {
            start();
            int goal = MESSAGES * kill / (KILLS + 2) + random.nextInt(20);
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> files("done").size() >= goal);
            process.kill();
        }
        start();
        await().atMost(Duration.ofSeconds(60)).until(() -> files("done").size() == MESSAGES);
        process.terminate();
        process.exitCode();

        assertThat(files("inbox")).isEmpty();
        assertThat(files("failed")).isEmpty();
        assertThat(files("outbox")).hasSize(2 * MESSAGES).allSatisfy(KillTest::answersItsQuestion);
        assertThat(data.resolve("outbox/.live/sub")).isEmptyDirectory();
        assertThat(sandbox.stats().accepted()).isBetween((long) MESSAGES, MESSAGES + KILLS * (CONCURRENT + WRITING));
    }

    private void start() throws IOException {
        process = SluiceProcess.start(
                data,
                Map.of(
                        "UPSTREAM_URL",
                        sandbox.url().toString(),
                        "FOLDER_PIECES",
                        "true",
                        "THROTTLE_MAX_CONCURRENT",
                        String.valueOf(CONCURRENT),
                        "LIMIT_REQUESTS_PER_MINUTE",
                        "1000000",
                        "LIMIT_TOKENS_PER_MINUTE",
                        "1000000000",
                        "CAMEL_MANAGEMENT_ENABLED",
                        "false"));
    }

    private static void answersItsQuestion(Path answer) throws IOException {
        if (answer.toString().endsWith(".pieces.jsonl")) {
            assertThat(joined(answer)).isEqualTo(content(answer));
            return;
        }
        String number = answer.getFileName().toString().replaceAll("\\D", "");
        assertThat(Files.readString(answer))
                .contains("question number " + number + "\\\"")
                .endsWith("}");
    }

    /** The pieces of the one attempt that is complete. */
    private static String joined(Path pieces) throws IOException {
        StringBuilder text = new StringBuilder();
        List<String> lines = Files.readAllLines(pieces);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode piece = JSON.readTree(lines.get(i));
            assertThat(piece.path("index").asInt()).isEqualTo(i);
            assertThat(piece.path("kind").asText()).isEqualTo(i < lines.size() - 1 ? "piece" : "end");
            text.append(piece.path("text").asText());
        }
        return text.toString();
    }

    /** What the answer beside it says. */
    private static String content(Path pieces) throws IOException {
        Path answer = pieces.resolveSibling(pieces.getFileName().toString().replace(".pieces.jsonl", ".json"));
        return JSON.readTree(answer.toFile()).at("/choices/0/message/content").asText();
    }

    private List<Path> files(String folder) throws IOException {
        return Tree.files(data.resolve(folder));
    }
}
