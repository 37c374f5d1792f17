package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/sluice batch} as its users see it: processes, files, the sandbox over a socket. */
class BatchTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Sandbox sandbox;
    private BatchProcess batch;

    @BeforeEach
    void startTheUpstream() {
        sandbox = sandbox(5);
    }

    @AfterEach
    void stop() {
        if (batch != null) {
            batch.close();
        }
        sandbox.close();
    }

    @Test
    void eachLineEndsInExactlyOneLineOfOutputOrErrors() throws Exception {
        write(
                "\uFEFF" + chat("good", "sandbox-echo", "hello"),
                "",
                "{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"cook\"}],\"metadata\":{\"row\":7}}\r",
                "not JSON",
                chat("good", "sandbox-echo", "again"),
                chat("refused", "sandbox-400", "x"),
                chat("flaky", "sandbox-500", "x"),
                chat("long", "sandbox-echo", "x".repeat(3000)),
                chat("host", "sandbox-echo", "x").replace("/v1/", "http://example.org/v1/"),
                chat("../${name}/{{x}}", "sandbox-echo", "${body} {{y}}").replace("\n", ""));

        run(Map.of("BATCH_MAX_LINE_BYTES", "2000"));

        assertThat(batch.exitCode()).isEqualTo(1);
        Map<String, JsonNode> output = byId("in.output.jsonl");
        assertThat(output).containsOnlyKeys("good", "3", "../${name}/{{x}}");
        assertThat(text(output.get("good"))).isEqualTo("hello");
        assertThat(text(output.get("../${name}/{{x}}"))).isEqualTo("${body} {{y}}");
        assertThat(output.get("good").at("/response/status_code").asInt()).isEqualTo(200);
        assertThat(output.get("good").at("/response/request_id").asText()).startsWith("req_");
        assertThat(output.get("good").get("error").isNull()).isTrue();
        assertThat(output.get("3").get("metadata")).hasToString("{\"row\":7}");
        assertThat(lines("in.errors.jsonl").stream().map(BatchTest::summary).sorted())
                .containsExactly(
                        "flaky response 500 server_error",
                        "good error duplicate_custom_id line 5",
                        "host error invalid_url line 9",
                        "null error invalid_json_line line 4",
                        "null error line_too_long line 8",
                        "refused response 400 context_length_exceeded");
        assertThat(batch.out())
                .contains("9 of 9 lines done: answered=3 failed=6", "1 × duplicate_custom_id", "retries=3")
                .contains("docs/batch.md");
        assertThat(batch.err().lines().filter(line -> !line.startsWith("WARNING: "))) // of the JVM itself, from 24 on
                .isEmpty();
        assertThat(sandbox.stats().accepted()).isEqualTo(3);
    }

    @Test
    void theSameCommandAgainDoesNothingTwice() throws Exception {
        write(chat("a", "sandbox-echo", "1"), chat("b", "sandbox-echo", "2"));
        run(Map.of());
        assertThat(batch.exitCode()).isZero();
        List<String> before = Files.readAllLines(folder.resolve("in.output.jsonl"));

        run(Map.of());

        assertThat(batch.exitCode()).isZero();
        assertThat(batch.out()).contains("2 lines are done", "2 of 2 lines done");
        assertThat(Files.readAllLines(folder.resolve("in.output.jsonl"))).isEqualTo(before);
        assertThat(sandbox.stats().accepted()).isEqualTo(2);
    }

    @Test
    void readsPackedFilesAndAsksAnotherModel() throws Exception {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("in.jsonl.gz")))) {
            out.write((chat("a", "sandbox-400", "hello") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        batch = BatchProcess.start(folder, sandbox.url(), "in.jsonl.gz", "--model", "sandbox-echo");

        assertThat(batch.exitCode()).isZero();
        assertThat(text(byId("in.output.jsonl").get("a"))).isEqualTo("hello");
    }

    @Test
    void goesFromStandardInputToStandardOutput() throws Exception {
        Path lines = write(chat("a", "sandbox-echo", "hello"), "nope");

        batch = BatchProcess.reading(lines, folder, sandbox.url(), "-");

        assertThat(batch.exitCode()).isEqualTo(1);
        assertThat(batch.out()
                        .lines()
                        .map(BatchTest::parse)
                        .map(BatchTest::summary)
                        .sorted())
                .containsExactly("a response 200 ", "null error invalid_json_line line 2");
        assertThat(batch.err()).contains("2 of 2 lines done");
    }

    @Test
    void aDryRunChecksAndEstimatesWithoutACall() throws Exception {
        write(chat("a", "sandbox-echo", "hello"), chat("a", "m", "x"), "nope", chat("b", "m", "x"));

        run(Map.of("LIMIT_REQUESTS_PER_MINUTE", "1", "LIMIT_TOKENS_PER_MINUTE", "1000"), "--dry-run", "--json");

        assertThat(batch.exitCode()).isEqualTo(1);
        JsonNode event = parse(batch.out());
        assertThat(event.get("total").asInt()).isEqualTo(4);
        assertThat(event.get("valid").asInt()).isEqualTo(2);
        assertThat(event.get("seconds_at_least").asInt()).isEqualTo(120);
        assertThat(event.get("tokens").asInt()).isBetween(2 * 256 + 10, 2 * 256 + 30);
        assertThat(event.at("/faults/invalid_json_line").asInt()).isEqualTo(1);
        assertThat(event.at("/faults/duplicate_custom_id").asInt()).isEqualTo(1);
        assertThat(sandbox.stats().accepted()).isZero();
        assertThat(folder.resolve("in.output.jsonl")).doesNotExist();
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void tellsAProgramInJson() throws Exception {
        write(chat("a", "sandbox-echo", "hello"), chat("b", "sandbox-400", "x"));

        run(Map.of(), "--json");

        assertThat(batch.exitCode()).isEqualTo(1);
        List<JsonNode> events = batch.out().lines().map(BatchTest::parse).toList();
        assertThat(events.get(0).get("event").asText()).isEqualTo("started");
        JsonNode last = events.get(events.size() - 1);
        assertThat(last.get("event").asText()).isEqualTo("finished");
        assertThat(last.get("done").asInt()).isEqualTo(2);
        assertThat(last.get("outcomes")).hasToString("{\"answered\":1,\"context_length_exceeded\":1}");
    }

    @Test
    void everyLineIsInTheOutputOnceHoweverOftenTheProcessIsKilled() throws Exception {
        int count = 4000;
        int concurrent = 32;
        int kills = 5;
        write(IntStream.range(0, count)
                .mapToObj(i -> i % 100 == 7 ? "broken " + i : chat("r" + i, "sandbox-echo", "question " + i))
                .toArray(String[]::new));
        Random random = new Random(11);
        for (int kill = 1; kill <= kills; kill++) {
            run(Map.of(), "--concurrency", Integer.toString(concurrent));
            long goal = (long) count * kill / (kills + 1) + random.nextInt(100);
            await().atMost(SOON)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> sandbox.stats().accepted() >= goal);
            batch.kill();
        }
        run(Map.of(), "--concurrency", Integer.toString(concurrent));

        assertThat(batch.exitCode()).isEqualTo(1);
        Map<String, JsonNode> output = byId("in.output.jsonl");
        assertThat(output).hasSize(count - count / 100);
        assertThat(output).allSatisfy((id, line) -> assertThat(text(line)).isEqualTo("question " + id.substring(1)));
        assertThat(lines("in.errors.jsonl").stream()
                        .map(line -> line.at("/error/line").asInt())
                        .distinct())
                .hasSize(count / 100);
        assertThat(lines("in.errors.jsonl")).hasSize(count / 100);
        assertThat(sandbox.stats().accepted())
                .isBetween((long) output.size(), (long) output.size() + kills * concurrent);
    }

    @Test
    void ctrlCFinishesWhatIsInFlightAndTheSameCommandGoesOn() throws Exception {
        int count = 3000;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        run(Map.of(), "--concurrency", "16");
        await().atMost(SOON).until(() -> sandbox.stats().accepted() >= 500);

        batch.interrupt();

        assertThat(batch.exitCode()).isEqualTo(130);
        assertThat(batch.out()).contains("batch stopped", "Run the same command again to go on");
        long answered = lines("in.output.jsonl").size();
        assertThat(answered).isBetween(500L, count - 1L);
        assertThat(sandbox.stats().accepted())
                .as("each call made is an answer kept")
                .isEqualTo(answered);

        run(Map.of(), "--concurrency", "16");

        assertThat(batch.exitCode()).isZero();
        assertThat(byId("in.output.jsonl")).hasSize(count);
        assertThat(sandbox.stats().accepted()).isEqualTo(count);
    }

    @Test
    void ctrlCDoesNotWaitForPermitsAndRetries() throws Exception {
        write(IntStream.range(0, 20)
                .mapToObj(i -> chat("r" + i, i == 0 ? "sandbox-500" : "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        run(Map.of("LIMIT_REQUESTS_PER_MINUTE", "2", "RETRY_BASE_MS", "60000", "LIMIT_BURST_MS", "60000"));
        await().atMost(SOON)
                .until(() -> sandbox.stats().accepted() + sandbox.stats().failed() >= 2);

        batch.interrupt();

        assertThat(batch.exitCode()).isEqualTo(130);
        assertThat(folder.resolve("in.errors.jsonl")).isEmptyFile();
        assertThat(lines("in.output.jsonl")).hasSize((int) sandbox.stats().accepted());
    }

    @Test
    void aSecondCtrlCStopsAtOnce() throws Exception {
        sandbox.close();
        sandbox = sandbox(40_000);
        write(chat("slow", "sandbox-echo", "x"));
        run(Map.of());
        await().atMost(SOON).until(() -> sandbox.stats().inFlight() == 1);

        batch.interrupt();
        await().atMost(SOON).until(() -> {
            batch.interrupt(); // until the first has been taken
            return !batch.isAlive();
        });

        assertThat(batch.exitCode()).isEqualTo(130);
    }

    @Test
    void stopsAtItsDeadlineOrBudgetAndSaysHowToGoOn() throws Exception {
        int count = 200;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));

        run(Map.of("BATCH_PRICES", "*=1/1"), "--budget", "0.0005", "--json", "--concurrency", "4");

        assertThat(batch.exitCode()).isEqualTo(3);
        assertThat(batch.err()).contains("the budget has no room", "run the same command again with a larger one");
        JsonNode last = parse(batch.out().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(last.get("event").asText()).isEqualTo("stopped");
        assertThat(last.get("stopped_by").asText()).isEqualTo("budget");
        assertThat(last.at("/used/cost").asDouble()).isBetween(0.0002, 0.0005);
        long done = last.get("done").asLong();
        assertThat(done).isBetween(1L, count - 1L);

        run(Map.of("LIMIT_REQUESTS_PER_MINUTE", "60", "LIMIT_BURST_MS", "1000"), "--deadline", "8s");

        assertThat(batch.exitCode()).isEqualTo(3);
        assertThat(batch.err()).contains("the deadline has come");
        assertThat(lines("in.output.jsonl").size()).isBetween((int) done, count - 1);

        run(Map.of());

        assertThat(batch.exitCode()).isZero();
        assertThat(byId("in.output.jsonl")).hasSize(count);
        assertThat(sandbox.stats().accepted()).isEqualTo(count);
    }

    @Test
    void stopsWhenTheUpstreamRefusesEveryCall() throws Exception {
        write(IntStream.range(0, 500)
                .mapToObj(i -> chat("r" + i, "sandbox-401", "q" + i))
                .toArray(String[]::new));

        run(Map.of());

        assertThat(batch.exitCode()).isEqualTo(3);
        assertThat(batch.err()).contains("5 calls in a row were refused with invalid_api_key", "set the key");
        assertThat(folder.resolve("in.errors.jsonl")).isEmptyFile();
        assertThat(folder.resolve("in.output.jsonl")).isEmptyFile();
    }

    @Test
    void refusesAnInputThatHasChanged() throws Exception {
        String[] lines = {chat("a", "sandbox-echo", "1"), chat("b", "sandbox-echo", "2")};
        write(lines);
        run(Map.of());
        assertThat(batch.exitCode()).isZero();
        write(lines[0].replace("1", "9"), lines[1]);

        run(Map.of());

        assertThat(batch.exitCode()).isEqualTo(2);
        assertThat(batch.err()).contains("in.jsonl has changed since the batch began", "are not the same", "--out");
        write(lines[0]);
        run(Map.of());
        assertThat(batch.exitCode()).isEqualTo(2);
        assertThat(batch.err()).contains("bytes when the batch began");
    }

    @Test
    void refusesASecondProcessOnTheSameFile() throws Exception {
        sandbox.close();
        sandbox = sandbox(30_000);
        write(chat("slow", "sandbox-echo", "x"));
        run(Map.of());
        await().atMost(SOON).until(() -> sandbox.stats().inFlight() == 1);

        try (BatchProcess second = BatchProcess.start(folder, sandbox.url(), "in.jsonl")) {
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err()).contains("in.output.jsonl.ledger is being written by another batch");
        }
        assertThat(sandbox.stats().maxInFlight()).isEqualTo(1);
    }

    @Test
    void refusesWhatItCannotRead() throws Exception {
        for (String name : List.of("missing.jsonl", ".")) {
            batch = BatchProcess.start(folder, sandbox.url(), name);
            assertThat(batch.exitCode()).isEqualTo(2);
            assertThat(batch.err()).contains(name, "name a JSONL file that can be read");
        }
    }

    @Test
    void stopsWithWhatIsDoneWhenAPackedFileIsCutOff() throws Exception {
        Path whole = folder.resolve("whole.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(whole))) {
            for (int i = 0; i < 20_000; i++) {
                out.write((chat("r" + i, "sandbox-echo", "q" + i * 7919) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(folder.resolve("in.jsonl.gz"), java.util.Arrays.copyOf(bytes, bytes.length / 20));
        batch = BatchProcess.start(folder, sandbox.url(), "in.jsonl.gz");

        assertThat(batch.exitCode()).isEqualTo(2);
        assertThat(batch.err()).contains("cannot read in.jsonl.gz after");
        assertThat(byId("in.output.jsonl")).isNotEmpty().hasSize((int)
                sandbox.stats().accepted());
    }

    @Test
    void stopsWithWhatIsDoneWhenTheDiskIsFullAndGoesOnWhenItIsNot() throws Exception {
        int count = 1000;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        batch = BatchProcess.withFilesUpTo(100_000, folder, sandbox.url(), "in.jsonl", "--concurrency", "16");

        assertThat(batch.exitCode()).isEqualTo(1);
        assertThat(batch.err()).contains("cannot write in.output.jsonl", "run the same command again");

        run(Map.of());

        assertThat(batch.exitCode()).isZero();
        assertThat(byId("in.output.jsonl")).hasSize(count);
        assertThat(sandbox.stats().accepted()).isBetween((long) count, count + 16L);
    }

    @Test
    void startsNoOtherIntakeAndNoRouteOfOnesOwn() throws Exception {
        Path routes = Files.createDirectory(folder.resolve("routes"));
        try (var shipped = Files.list(Path.of("routes"))) {
            for (Path file : shipped.toList()) {
                Files.copy(file, routes.resolve(file.getFileName()));
            }
        }
        Files.writeString(routes.resolve("mine.camel.yaml"), """
                - route:
                    id: mine
                    from:
                      uri: file
                      parameters:
                        directoryName: own
                      steps:
                        - log:
                            message: taken
                """);
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.writeString(own.resolve("message"), "x");
        Files.createDirectories(folder.resolve("data/inbox"));
        Files.writeString(folder.resolve("data/inbox/message.txt"), "x");
        write(chat("a", "sandbox-echo", "1"));

        run(Map.of("SANDBOX_LATENCY_MS", "1000"), "--routes", routes.toString());

        assertThat(batch.exitCode()).isZero();
        assertThat(own.resolve("message")).exists();
        assertThat(folder.resolve("data/inbox/message.txt")).exists();
        assertThat(sandbox.stats().accepted()).isEqualTo(1);
    }

    private void run(Map<String, String> settings, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("in.jsonl"));
        arguments.addAll(List.of(more));
        batch = BatchProcess.start(folder, sandbox.url(), settings, arguments.toArray(String[]::new));
    }

    private Path write(String... lines) throws IOException {
        return Files.writeString(folder.resolve("in.jsonl"), String.join("\n", lines) + "\n");
    }

    private Map<String, JsonNode> byId(String file) throws IOException {
        Map<String, JsonNode> lines = new HashMap<>();
        for (JsonNode line : lines(file)) {
            assertThat(lines.put(line.get("custom_id").asText(), line))
                    .as("earlier line with the same id")
                    .isNull();
        }
        return lines;
    }

    private List<JsonNode> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve(file)).stream()
                .map(BatchTest::parse)
                .collect(Collectors.toList());
    }

    private static String summary(JsonNode line) {
        String id =
                line.get("custom_id").isNull() ? "null" : line.get("custom_id").textValue();
        return line.get("error").isNull()
                ? "%s response %d %s"
                        .formatted(
                                id,
                                line.at("/response/status_code").asInt(),
                                line.at("/response/body/error/code").asText())
                : "%s error %s line %d"
                        .formatted(
                                id,
                                line.at("/error/code").asText(),
                                line.at("/error/line").asInt());
    }

    private static String text(JsonNode line) {
        return line.at("/response/body/choices/0/message/content").asText();
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not a whole line of JSON: " + line, e);
        }
    }

    private static String chat(String id, String model, String content) {
        return ("{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                        + "\"body\":{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}}")
                .formatted(id, model, content);
    }

    private static Sandbox sandbox(int latencyMs) {
        return Sandbox.start(SandboxConfig.defaults()
                .withLatency(Duration.ofMillis(latencyMs))
                .withRecord(true));
    }
}
