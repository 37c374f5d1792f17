package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.File;
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

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(40)).withRecord(true));
    private Process process;

    @AfterEach
    void stop() {
        process.destroyForcibly();
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
                    .until(() -> files("outbox").size() >= goal);
            process.destroyForcibly().waitFor();
        }
        start();
        await().atMost(Duration.ofSeconds(60)).until(() -> files("done").size() == MESSAGES);
        process.destroy();
        process.waitFor();

        assertThat(files("inbox")).isEmpty();
        assertThat(files("failed")).isEmpty();
        assertThat(files("outbox")).hasSize(MESSAGES).allSatisfy(KillTest::answersItsQuestion);
        assertThat(sandbox.stats().accepted()).isBetween((long) MESSAGES, (long) MESSAGES + KILLS * CONCURRENT);
    }

    private void start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.Sluice",
                "run",
                "--routes",
                "routes",
                "--config",
                "config");
        Map<String, String> environment = builder.environment();
        environment.put("UPSTREAM_URL", sandbox.url().toString());
        for (String folder : List.of("inbox", "outbox", "failed", "done")) {
            environment.put(
                    "FOLDER_" + folder.toUpperCase(), data.resolve(folder).toString());
        }
        environment.put("FOLDER_QUIET_MS", "0");
        environment.put("REDIS_FOLDER", data.resolve("redis").toString());
        environment.put("THROTTLE_MAX_CONCURRENT", String.valueOf(CONCURRENT));
        environment.put("LIMIT_REQUESTS_PER_MINUTE", "1000000");
        environment.put("LIMIT_TOKENS_PER_MINUTE", "1000000000");
        environment.put("CAMEL_MANAGEMENT_ENABLED", "false");
        environment.put("LC_ALL", "C.UTF-8");
        File log = data.resolve("log").toFile();
        process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    private static void answersItsQuestion(Path answer) throws IOException {
        String number = answer.getFileName().toString().replaceAll("\\D", "");
        assertThat(Files.readString(answer))
                .contains("question number " + number + "\\\"")
                .endsWith("}");
    }

    private List<Path> files(String folder) throws IOException {
        return Tree.files(data.resolve(folder));
    }
}
