package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code bin/sluice batch} as a process: standard streams, signals, kills, a full disk, another process. */
class BatchProcessTest extends BatchCase {
    private static final boolean LONG = Boolean.getBoolean("sluice.long");

    private BatchProcess batch;

    @AfterEach
    void stop() {
        if (batch != null) {
            batch.close();
        }
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

        run(Map.of("batch.max-line-bytes", "2000"));

        assertThat(batch.exitCode()).isEqualTo(1);
        Map<String, JsonNode> output = byId("in.output.jsonl");
        assertThat(output).containsOnlyKeys("good", "3", "../${name}/{{x}}");
        assertThat(text(output.get("good"))).isEqualTo("hello");
        assertThat(text(output.get("../${name}/{{x}}"))).isEqualTo("${body} {{y}}");
        assertThat(output.get("good").at("/response/status_code").asInt()).isEqualTo(200);
        assertThat(output.get("good").at("/response/request_id").asText()).startsWith("req_");
        assertThat(output.get("good").get("error").isNull()).isTrue();
        assertThat(output.get("3").get("metadata")).hasToString("{\"row\":7}");
        assertThat(lines("in.errors.jsonl").stream().map(BatchCase::summary).sorted())
                .containsExactly(
                        "flaky response 500 server_error",
                        "good error duplicate_custom_id line 5",
                        "host error invalid_url line 9",
                        "null error invalid_json_line line 4",
                        "null error line_too_long line 8",
                        "refused response 400 context_length_exceeded");
        assertThat(batch.out())
                .contains("9 of 9 lines done: answered=3 failed=6", "1 × duplicate_custom_id", "retries=3")
                .contains("bin/sluice replay --source batch ", "in.jsonl");
        assertThat(batch.err().lines().filter(line -> !line.startsWith("WARNING: "))) // of the JVM itself, from 24 on
                .isEmpty();
        assertThat(sandbox.stats().accepted()).isEqualTo(3);
    }

    @Test
    void goesFromStandardInputToStandardOutput() throws Exception {
        Path lines = write(chat("a", "sandbox-echo", "hello"), "nope");

        batch = BatchProcess.reading(lines, folder, sandbox.url(), "-");

        assertThat(batch.exitCode()).isEqualTo(1);
        assertThat(batch.out()
                        .lines()
                        .map(BatchCase::parse)
                        .map(BatchCase::summary)
                        .sorted())
                .containsExactly("a response 200 ", "null error invalid_json_line line 2");
        assertThat(batch.err()).contains("2 of 2 lines done");
    }

    @Test
    void aDryRunChecksAndEstimatesWithoutACall() throws Exception {
        write(chat("a", "sandbox-echo", "hello"), chat("a", "m", "x"), "nope", chat("b", "m", "x"));

        run(Map.of("limit.requests-per-minute", "1", "limit.tokens-per-minute", "1000"), "--dry-run", "--json");

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
    void everyLineIsInTheOutputOnceHoweverOftenTheProcessIsKilled() throws Exception {
        int count = 3000;
        int concurrent = 32;
        int kills = LONG ? 20 : 3;
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
        int count = 1500;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        run(Map.of(), "--concurrency", "16");
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 300);

        batch.interrupt();

        assertThat(batch.exitCode()).isEqualTo(130);
        assertThat(batch.out()).contains("batch stopped", "Run the same command again to go on");
        long answered = lines("in.output.jsonl").size();
        assertThat(answered).isBetween(300L, count - 1L);
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
        run(Map.of("limit.requests-per-minute", "2", "retry.base-ms", "60000", "limit.burst-ms", "60000"));
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
    void stopsWithWhatIsDoneWhenTheDiskIsFullAndGoesOnWhenItIsNot() throws Exception {
        int count = 1000;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        batch = BatchProcess.withFilesUpTo(100_000, folder, sandbox.url(), Map.of(), "in.jsonl", "--concurrency", "16");

        assertThat(batch.exitCode()).isEqualTo(1);
        assertThat(batch.err()).contains("cannot write in.output.jsonl", "run the same command again");

        run(Map.of());

        assertThat(batch.exitCode()).isZero();
        assertThat(byId("in.output.jsonl")).hasSize(count);
        assertThat(sandbox.stats().accepted()).isBetween((long) count, count + 16L);
    }

    @Test
    void waitsForNoRetryWhoseAnswerCouldNotBeKept() throws Exception {
        write(IntStream.range(0, 1000)
                .mapToObj(i -> chat("r" + i, i == 0 ? "sandbox-500" : "sandbox-echo", "q" + i))
                .toArray(String[]::new));
        Map<String, String> inAnHour =
                Map.of("retry.base-ms", "3600000", "retry.max-ms", "3600000", "retry.deadline-ms", "7200000");

        batch = BatchProcess.withFilesUpTo(100_000, folder, sandbox.url(), inAnHour, "in.jsonl", "--concurrency", "16");

        assertThat(batch.exitCode()).isEqualTo(1);
        assertThat(batch.err()).contains("cannot write in.output.jsonl");
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

        run(Map.of("sandbox.latency-ms", "1000"), "--routes", routes.toString());

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
}
