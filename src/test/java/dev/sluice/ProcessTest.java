package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: its environment, its ports and how it ends. */
class ProcessTest {
    @TempDir
    Path data;

    private SluiceProcess process;

    @AfterEach
    void stop() {
        process.close();
    }

    @Test
    void anEmptyVariableIsAsGoodAsNone() throws Exception {
        dropAPrompt();

        process = start(Map.of(
                "UPSTREAM_URL", "",
                "REDIS_URL", "",
                "RETRY_MAX", "",
                "INTAKES", " ",
                "FOLDER_MODEL", "sandbox-echo"));

        awaitTheAnswer();
        assertThat(process.log()).contains("upstream=sandbox").doesNotContain("\tat ");
    }

    private SluiceProcess start(Map<String, String> variables) throws IOException {
        return SluiceProcess.start(data, variables);
    }

    private void dropAPrompt() throws IOException {
        Files.writeString(Files.createDirectories(data.resolve("inbox")).resolve("hello.txt"), "Hello");
    }

    private void awaitTheAnswer() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Files.exists(data.resolve("outbox/hello.txt.json"))
                        || Files.exists(data.resolve("failed/hello.txt.error.json"))
                        || !process.isAlive());
        assertThat(data.resolve("outbox/hello.txt.json")).content().contains("Hello");
    }
}
