package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** JSONL files that are dropped into the batch inbox of a server. */
class BatchFolderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(10)).withRecord(true));
    private Node node;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
        sandbox.close();
    }

    @Test
    void eachFileBecomesOutputAndErrorsAndIsMovedWhenItIsDone() throws Exception {
        start(Map.of());
        drop("first.jsonl", lines("a", 3) + "not JSON\n");
        Path packed = batches("inbox").resolve("second.jsonl.gz.part");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(lines("b", 2).getBytes(StandardCharsets.UTF_8));
        }
        Files.move(packed, batches("inbox").resolve("second.jsonl.gz"));
        Files.writeString(batches("inbox").resolve("third.jsonl.part"), lines("c", 1));
        Files.write(batches("inbox").resolve("broken.jsonl.gz"), new byte[] {31, (byte) 139, 8, 0, 1});

        await().atMost(SOON)
                .until(() -> names("done").size() == 2 && names("failed").size() == 2);

        assertThat(names("done")).containsExactlyInAnyOrder("first.jsonl", "second.jsonl.gz");
        assertThat(answers("first.output.jsonl")).containsExactlyInAnyOrder("a0", "a1", "a2");
        assertThat(Files.readAllLines(batches("outbox").resolve("first.errors.jsonl")))
                .singleElement()
                .asString()
                .contains("invalid_json_line");
        assertThat(answers("second.jsonl.gz.output.jsonl")).containsExactlyInAnyOrder("b0", "b1");
        assertThat(names("inbox")).containsExactly("third.jsonl.part");
        assertThat(names("failed")).containsExactlyInAnyOrder("broken.jsonl.gz", "broken.jsonl.gz.error.json");
        assertThat(JSON.readTree(batches("failed")
                                .resolve("broken.jsonl.gz.error.json")
                                .toFile())
                        .get("message")
                        .asText())
                .contains("cannot read");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(names("outbox")).noneMatch(name -> name.endsWith(".ledger")));

        drop("first.jsonl", lines("again", 1));
        await().atMost(SOON).until(() -> names("done").size() == 3);
        assertThat(answers("first~2.output.jsonl")).containsExactly("again0");
        assertThat(names("done")).contains("first~2.jsonl");

        List<JsonNode> status = status();
        assertThat(status.stream()
                        .map(batch -> batch.get("name").asText() + " "
                                + batch.get("status").asText()))
                .containsExactlyInAnyOrder(
                        "first.jsonl completed", "second.jsonl.gz completed", "broken.jsonl.gz failed");
    }

    @Test
    void aSmallFileNeedNotWaitForALargeOne() throws Exception {
        start(Map.of("batch.max-concurrent", "4"));
        drop("large.jsonl", lines("l", 1500));
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 40);
        await().atMost(SOON).until(() -> !status().isEmpty());
        assertThat(status().get(0).get("status").asText()).isEqualTo("in_progress");

        drop("small.jsonl", lines("s", 20));

        await().atMost(SOON).until(() -> names("done").contains("small.jsonl"));
        assertThat(names("inbox")).containsExactly("large.jsonl");
        assertThat(sandbox.stats().maxInFlight()).isLessThanOrEqualTo(4);
    }

    @Test
    void aServerThatIsStoppedGoesOnWhenItIsStartedAgain() throws Exception {
        start(Map.of("batch.max-concurrent", "8"));
        drop("in.jsonl", lines("q", 400));
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 50);
        node.close();
        long before = sandbox.stats().accepted();
        assertThat(before).isLessThan(400);
        assertThat(names("inbox")).containsExactly("in.jsonl");
        assertThat(answers("in.output.jsonl"))
                .as("calls in flight were ended and kept")
                .hasSize((int) before);

        start(Map.of());

        await().atMost(SOON).until(() -> names("done").contains("in.jsonl"));
        assertThat(answers("in.output.jsonl")).hasSize(400).doesNotHaveDuplicates();
        assertThat(sandbox.stats().accepted()).isEqualTo(400);
    }

    @Test
    void anInputThatIsRemovedWhileItRunsLeavesItsNameToTheNext() throws Exception {
        start(Map.of("batch.max-concurrent", "8"));
        drop("in.jsonl", lines("q", 100));
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 10);
        Files.delete(batches("inbox").resolve("in.jsonl"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(names("outbox")).noneMatch(name -> name.endsWith(".ledger")));
        assertThat(answers("in.output.jsonl")).as("it was open").hasSize(100);

        drop("in.jsonl", lines("corrected", 3));

        await().atMost(SOON).until(() -> names("done").contains("in.jsonl"));
        assertThat(answers("in~2.output.jsonl")).hasSize(3);
    }

    @Test
    void aServerThatIsKilledGoesOnToo() throws Exception {
        Files.createDirectories(batches("inbox"));
        drop("in.jsonl", lines("q", 2000));
        Map<String, String> settings = Map.of(
                "UPSTREAM_URL",
                sandbox.url().toString(),
                "INTAKES",
                "batch",
                "LIMIT_REQUESTS_PER_MINUTE",
                "1000000",
                "LIMIT_TOKENS_PER_MINUTE",
                "1000000000",
                "BATCH_MAX_CONCURRENT",
                "16");
        try (SluiceProcess process = SluiceProcess.start(data, settings)) {
            await().atMost(SOON).until(() -> sandbox.stats().accepted() > 500);
            process.kill();
        }
        try (SluiceProcess process = SluiceProcess.start(data, settings)) {
            await().atMost(SOON).until(() -> names("done").contains("in.jsonl"));
            process.terminate();
            process.exitCode();
        }
        assertThat(answers("in.output.jsonl")).hasSize(2000).doesNotHaveDuplicates();
        assertThat(sandbox.stats().accepted()).isBetween(2000L, 2016L);
    }

    private void start(Map<String, String> more) throws Exception {
        Map<String, String> settings = new java.util.HashMap<>(
                Map.of("intakes", "batch", "upstream.url", sandbox.url().toString()));
        settings.putAll(more);
        node = Node.start(data, settings);
    }

    private void drop(String name, String content) throws IOException {
        Path part = Files.writeString(batches("inbox").resolve(name + ".part"), content);
        Files.move(part, batches("inbox").resolve(name));
    }

    private List<JsonNode> status() throws IOException {
        Path config = Files.createDirectories(data.resolve("config"));
        Files.writeString(config.resolve("application.properties"), "batch.state=" + batches("state") + "\n");
        StringWriter out = new StringWriter();
        CommandLine command = Sluice.commandLine(Path.of("").toAbsolutePath())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out));
        assertThat(command.execute("batch", "status", "--json", "--config", config.toString()))
                .as(out.toString())
                .isZero();
        List<JsonNode> all = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            all.add(JSON.readTree(line));
        }
        return all;
    }

    private List<String> answers(String output) throws IOException {
        List<String> all = new ArrayList<>();
        for (String line : Files.readAllLines(batches("outbox").resolve(output))) {
            all.add(JSON.readTree(line)
                    .at("/response/body/choices/0/message/content")
                    .asText());
        }
        return all;
    }

    private List<String> names(String folder) throws IOException {
        if (!Files.exists(batches(folder))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(batches(folder))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private Path batches(String folder) {
        return data.resolve("batches").resolve(folder);
    }

    private static String lines(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ("{\"custom_id\":\"%s%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                                + "\"body\":{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"%1$s%2$d\"}]}}\n")
                        .formatted(prefix, i))
                .collect(Collectors.joining());
    }
}
