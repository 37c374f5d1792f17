package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** bin/sluice replay beside a Sluice that runs, and what is set aside since it kills the process. */
class ReplayTest {
    private static final String ANSWER = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");

    @TempDir
    Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String more = "";

    @BeforeEach
    void patience() {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }

    @Test
    void sendsAgainWhatIsWantedOnceAndKeepsTheHistory() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = Node.start(data, Map.of("upstream.url", upstream.url(), "retry.max", "0"))) {
            upstream.answers(whole("401 No", "{\"error\":{\"code\":\"invalid_api_key\"}}"));
            node.drop("sub/key.txt", "byte for byte: ${body} \u00fc");
            await().until(() -> Files.exists(node.failed("sub/key.txt.error.json")));
            upstream.answers(whole("400 No", "{\"error\":{\"code\":\"context_length_exceeded\"}}"));
            node.drop("long.txt", "long");
            await().until(() -> Files.exists(node.failed("long.txt.error.json")));
            upstream.answers(ANSWER);

            assertThat(replay("--dry-run")).isZero();
            assertThat(out.toString()).contains("would be replayed: 2", "code=invalid_api_key", "message=sub/key.txt");
            assertThat(node.failed("sub/key.txt")).exists();
            assertThat(replay("--code", "nothing_of_that")).isZero();
            assertThat(replay("--since", "1h", "--code", "context_length_exceeded", "--dry-run"))
                    .isZero();
            assertThat(out.toString()).contains("replayed: 0", "would be replayed: 1");
            assertThat(replay("--since", "2999-01-01")).isZero();

            assertThat(replay("--code", "invalid_api_key", "--source", "folder"))
                    .isZero();
            await().until(() -> Files.exists(node.done("sub/key.txt")));
            assertThat(node.done("sub/key.txt")).hasContent("byte for byte: ${body} \u00fc");
            assertThat(node.outbox("sub/key.txt.json")).exists();
            assertThat(node.failed("sub/key.txt")).doesNotExist();
            assertThat(node.failed("sub/key.txt.error.json")).doesNotExist();
            assertThat(node.failed(".replayed/sub/key.txt.error.json"))
                    .content()
                    .contains("invalid_api_key");
            assertThat(node.failed(".replayed/log.jsonl"))
                    .content()
                    .contains("invalid_api_key")
                    .hasLineCount(1);
            assertThat(node.failed("long.txt")).exists();
        }
    }

    @Test
    void twoDoNotSendAgainAtOnce() throws Exception {
        Path own = Files.createDirectories(data.resolve("failed/.sluice"));
        try (FileChannel other = FileChannel.open(
                        own.resolve("replay.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = other.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThat(replay()).isOne();
            assertThat(err.toString()).contains("another Sluice uses this folder");
        }
    }

    @Test
    void oneNodeAtATimeOfThoseThatShareARedis() throws Exception {
        keepFailed("only.txt", "{\"code\":\"truncated\"}");
        try (EmbeddedRedis redis =
                EmbeddedRedis.start(data.resolve("redis"), reason -> {}).orElseThrow()) {
            more = "redis.url=" + redis.url();
            try (ReplayTurn another = ReplayTurn.take(redis.url())) {
                assertThat(another).isNotNull();
                assertThat(replay("--dry-run")).isZero();
                assertThat(replay()).isOne();
                assertThat(err.toString()).contains("another node replays just now");
                assertThat(data.resolve("failed/only.txt")).exists();
            }
            assertThat(replay()).isZero();
            assertThat(data.resolve("inbox/only.txt")).exists();
        }
        assertThat(replay()).isOne();
        assertThat(err.toString()).contains("redis.url cannot be reached");
    }

    @Test
    void whatTwoProcessesReplayAtOnceIsReplayedOnce() throws Exception {
        for (int i = 0; i < 300; i++) {
            keepFailed(i + ".txt", "{\"code\":\"truncated\"}");
        }
        try (EmbeddedRedis redis =
                EmbeddedRedis.start(data.resolve("redis"), reason -> {}).orElseThrow()) {
            more = "redis.url=" + redis.url();
            CompletableFuture<String> one = CompletableFuture.supplyAsync(this::replayElsewhere);
            CompletableFuture<String> two = CompletableFuture.supplyAsync(this::replayElsewhere);

            assertThat(Stream.of(one.get(), two.get())
                            .flatMap(String::lines)
                            .filter(line -> line.contains(" replayed source=folder"))
                            .map(line -> line.replaceFirst(".*message=(\\S+).*", "$1"))
                            .toList())
                    .hasSize(300)
                    .doesNotHaveDuplicates();
        }
        assertThat(Tree.files(data.resolve("inbox"))).hasSize(300);
        assertThat(Tree.files(data.resolve("failed"))).isEmpty();
    }

    @Test
    void aRecordThatCannotBeReadHoldsNothingUp() throws Exception {
        keepFailed("a.txt", "{\"code\":");
        keepFailed("b.txt", "{\"code\":\"truncated\"}");

        assertThat(replay("--code", "truncated")).isZero();
        assertThat(data.resolve("inbox/b.txt")).exists();
        assertThat(replay("--since", "1h")).isZero();
        assertThat(out.toString()).contains("code=unreadable_record");
        assertThat(data.resolve("inbox/a.txt")).exists();
    }

    @Test
    void refusesWhatItDoesNotUnderstand() throws Exception {
        assertThat(replay("--source", "telegraph")).isEqualTo(2);
        assertThat(replay("--since", "yesterday")).isEqualTo(2);
        assertThat(err.toString()).contains("--source must be one of folder", "--since must be like");
    }

    @Test
    void takesTheFailedLinesOfABatchOutOfItsInput() throws Exception {
        String line = "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{}}";
        String bare = "{\"messages\":[] }";
        Path input = data.resolve("in.jsonl");
        Files.write(
                input,
                List.of(line.formatted("good"), line.formatted("key"), "broken", line.formatted("good"), "", bare));
        String refused = "{\"custom_id\":\"%s\",\"response\":{\"body\":{\"error\":{\"code\":\"%s\"}}},\"error\":null}";
        String fault = "{\"custom_id\":%s,\"response\":null,\"error\":{\"code\":\"%s\",\"line\":%d}}";
        Files.write(
                data.resolve("in.errors.jsonl"),
                List.of(
                        refused.formatted("6", "invalid_api_key"),
                        "{\"custom_id\":\"good\",\"response\":{\"body\":{\"choices\":[]}},\"error\":null}",
                        fault.formatted("null", "invalid_json_line", 3),
                        refused.formatted("key", "invalid_api_key"),
                        fault.formatted("\"good\"", "duplicate_custom_id", 4)));

        assertThat(replay("--source", "batch", input.toString(), "--dry-run")).isZero();
        assertThat(out.toString()).contains("would be taken: 4 lines");
        assertThat(replay("--source", "batch", input.toString(), "--code", "invalid_api_key"))
                .isZero();
        assertThat(out.toString())
                .contains("taken: 2 lines", "next: bin/sluice batch " + data.resolve("in.again.jsonl"));
        assertThat(data.resolve("in.again.jsonl")).hasContent(line.formatted("key") + "\n" + bare + "\n");
        assertThat(replay("--source", "batch", input.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("in.again.jsonl exists");
        assertThat(replay("--source", "batch")).isEqualTo(2);
        assertThat(replay(input.toString())).isEqualTo(2);
    }

    @Test
    void setsAsideWhatWasInHandAtThreeDeathsOfTheProcess() throws Exception {
        Files.createDirectories(data.resolve("inbox"));
        Files.writeString(data.resolve("inbox/poison.txt"), "kills");
        try (RawUpstream upstream = new RawUpstream()) {
            for (int death = 1; death <= 3; death++) {
                upstream.answers(""); // takes the call, and is silent
                try (SluiceProcess process = SluiceProcess.start(data, settings(upstream))) {
                    await().until(() -> !upstream.requests().isEmpty());
                    process.kill();
                }
            }
            upstream.answers(ANSWER);
            Files.writeString(data.resolve("inbox/harmless.txt"), "does not kill");
            try (SluiceProcess process = SluiceProcess.start(data, settings(upstream))) {
                await().until(() -> Files.exists(data.resolve("failed/poison.txt.error.json"))
                        && Files.exists(data.resolve("done/harmless.txt")));
                assertThat(process.isAlive()).isTrue();
                assertThat(data.resolve("failed/poison.txt.error.json"))
                        .content()
                        .contains("\"code\" : \"poison\"", "\"attempts\" : 0", "JAVA_OPTS");
                assertThat(data.resolve("failed/poison.txt")).hasContent("kills");
                assertThat(upstream.requests()).hasSize(1);

                assertThat(replay("--code", "poison")).isZero(); // a person has thought about it
                await().until(() -> Files.exists(data.resolve("done/poison.txt")));
            }
        }
    }

    private static Map<String, String> settings(RawUpstream upstream) {
        return Map.of("UPSTREAM_URL", upstream.url(), "CAMEL_MANAGEMENT_ENABLED", "false");
    }

    private void keepFailed(String name, String record) throws IOException {
        Path failed = Files.createDirectories(data.resolve("failed"));
        Files.writeString(failed.resolve(name), "question");
        Files.writeString(failed.resolve(name + ".error.json"), record);
    }

    /** In a process of its own: what it wrote. */
    private String replayElsewhere() {
        try {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.sluice.Sluice"));
            command.addAll(List.of(arguments()));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int replay(String... options) throws Exception {
        return Sluice.commandLine(Path.of("").toAbsolutePath())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments(options));
    }

    private String[] arguments(String... options) throws IOException {
        Path config = Files.createDirectories(data.resolve("config"));
        StringBuilder properties = new StringBuilder(more + "\n");
        for (String name : List.of("inbox", "outbox", "failed", "done")) {
            properties.append("folder.%s=%s%n".formatted(name, data.resolve(name)));
        }
        Files.writeString(config.resolve("application.properties"), properties);
        String[] arguments = new String[options.length + 3];
        arguments[0] = "replay";
        arguments[1] = "--config";
        arguments[2] = config.toString();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return arguments;
    }
}
