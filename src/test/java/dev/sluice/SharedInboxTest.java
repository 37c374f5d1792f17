package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that work on one inbox, without a broker. */
class SharedInboxTest {
    private static final int FILES = 120;
    private static final int AT_ONCE = 8;
    /** Answers that wait to be published have given their place back. */
    private static final int WRITING = 40;

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Pattern ANSWERED = Pattern.compile("answered file=(\\S+)");

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(40)).withRecord(true));
    private EmbeddedRedis redis;
    private SluiceProcess one;
    private SluiceProcess other;

    @BeforeEach
    void start() throws IOException {
        redis = EmbeddedRedis.start(data.resolve("redis"), reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
    }

    @AfterEach
    void stop() {
        one.close();
        other.close();
        redis.close();
        sandbox.close();
    }

    @Test
    void noFileIsTakenByBothAndNoneIsLostWithOneOfThem() throws Exception {
        one = start("one");
        other = start("other");
        drop("first");
        await().atMost(PATIENCE).until(() -> files("done").size() == FILES);

        assertThat(sandbox.stats().accepted()).isEqualTo(FILES);
        assertThat(answered(one.log())).isNotEmpty().doesNotContainAnyElementsOf(answered(other.log()));
        assertThat(answered(other.log())).isNotEmpty();

        drop("second");
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> sandbox.stats().accepted() >= FILES * 3 / 2);
        one.kill();
        await().atMost(PATIENCE).until(() -> files("done").size() == 2 * FILES);

        assertThat(files("outbox")).hasSize(2 * FILES).allSatisfy(answer -> assertThat(Files.readString(answer))
                .contains("question " + answer.getFileName().toString().replace(".txt.json", "\"")));
        assertThat(files("inbox")).isEmpty();
        assertThat(files("failed")).isEmpty();
        assertThat(sandbox.stats().accepted()).isBetween(2L * FILES, 2L * FILES + AT_ONCE + WRITING);
    }

    private void drop(String name) throws IOException {
        Path inbox = data.resolve("shared/inbox");
        for (int i = 0; i < FILES; i++) {
            Path part = inbox.resolve("%s-%d.tmp".formatted(name, i));
            Files.writeString(part, "question %s-%d".formatted(name, i));
            Files.move(part, inbox.resolve("%s-%d.txt".formatted(name, i)));
        }
    }

    private static List<String> answered(String log) {
        Matcher files = ANSWERED.matcher(log);
        return files.results().map(file -> file.group(1)).toList();
    }

    private List<Path> files(String folder) throws IOException {
        return Tree.files(data.resolve("shared").resolve(folder));
    }

    private SluiceProcess start(String name) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "INTAKES", "folder",
                "FOLDER_SHARED", "inbox",
                "FOLDER_LEASE_MS", "10000",
                "FOLDER_MODEL", "sandbox-echo",
                "REDIS_URL", redis.url(),
                "UPSTREAM_URL", sandbox.url().toString(),
                "THROTTLE_MAX_CONCURRENT", Integer.toString(AT_ONCE),
                "LIMIT_REQUESTS_PER_MINUTE", "1000000",
                "LIMIT_TOKENS_PER_MINUTE", "1000000000",
                "CAMEL_MANAGEMENT_ENABLED", "false"));
        for (String folder : List.of("inbox", "outbox", "failed", "done")) {
            Path path = Files.createDirectories(data.resolve("shared").resolve(folder));
            settings.put("FOLDER_" + folder.toUpperCase(), path.toString());
        }
        return SluiceProcess.start(Files.createDirectories(data.resolve(name)), settings);
    }
}
