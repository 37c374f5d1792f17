package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** {@code sluice batch} as a command: what it makes of a file, and of a file that it has begun. */
class BatchTest extends BatchCase {
    private Outcome batch;

    private record Outcome(int exitCode, String out, String err) {}

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
        batch = answer(Map.of(), "in.jsonl.gz", "--model", "sandbox-echo");

        assertThat(batch.exitCode()).isZero();
        assertThat(text(byId("in.output.jsonl").get("a"))).isEqualTo("hello");
    }

    @Test
    void tellsAProgramInJson() throws Exception {
        write(chat("a", "sandbox-echo", "hello"), chat("b", "sandbox-400", "x"));

        run(Map.of(), "--json");

        assertThat(batch.exitCode()).isEqualTo(1);
        List<JsonNode> events = batch.out().lines().map(BatchCase::parse).toList();
        assertThat(events.get(0).get("event").asText()).isEqualTo("started");
        JsonNode last = events.get(events.size() - 1);
        assertThat(last.get("event").asText()).isEqualTo("finished");
        assertThat(last.get("done").asInt()).isEqualTo(2);
        assertThat(last.get("outcomes")).hasToString("{\"answered\":1,\"context_length_exceeded\":1}");
    }

    @Test
    void stopsAtItsDeadlineOrBudgetAndSaysHowToGoOn() throws Exception {
        int count = 200;
        write(IntStream.range(0, count)
                .mapToObj(i -> chat("r" + i, "sandbox-echo", "q" + i))
                .toArray(String[]::new));

        run(Map.of("batch.prices", "*=1/1"), "--budget", "0.0005", "--json", "--concurrency", "4");

        assertThat(batch.exitCode()).isEqualTo(3);
        assertThat(batch.err()).contains("the budget has no room", "run the same command again with a larger one");
        JsonNode last = parse(batch.out().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(last.get("event").asText()).isEqualTo("stopped");
        assertThat(last.get("stopped_by").asText()).isEqualTo("budget");
        assertThat(last.at("/used/cost").asDouble()).isBetween(0.0002, 0.0005);
        long done = last.get("done").asLong();
        assertThat(done).isBetween(1L, count - 1L);

        run(Map.of("limit.requests-per-minute", "60", "limit.burst-ms", "1000"), "--deadline", "4s");

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
    void refusesWhatItCannotRead() throws Exception {
        for (String name : List.of("missing.jsonl", ".")) {
            batch = answer(Map.of(), name);
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
        batch = answer(Map.of(), "in.jsonl.gz");

        assertThat(batch.exitCode()).isEqualTo(2);
        assertThat(batch.err()).contains("cannot read", "in.jsonl.gz after");
        assertThat(byId("in.output.jsonl")).isNotEmpty().hasSize((int)
                sandbox.stats().accepted());
    }

    private void run(Map<String, String> settings, String... more) throws IOException {
        batch = answer(settings, "in.jsonl", more);
    }

    private Outcome answer(Map<String, String> settings, String input, String... more) throws IOException {
        Properties properties = new Properties();
        properties.put("upstream.url", sandbox.url().toString());
        properties.put("limit.requests-per-minute", "1000000");
        properties.put("limit.tokens-per-minute", "1000000000");
        properties.put("retry.base-ms", "1");
        properties.put("redis.folder", folder.resolve("redis").toString());
        properties.putAll(settings);
        Path config = Files.createDirectories(folder.resolve("config"));
        try (Writer file = Files.newBufferedWriter(config.resolve("application.properties"))) {
            properties.store(file, null);
        }
        List<String> arguments =
                new ArrayList<>(List.of("batch", folder.resolve(input).toString(), "--config", config.toString()));
        arguments.addAll(List.of(more));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Sluice.commandLine(Path.of("").toAbsolutePath())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
        return new Outcome(exitCode, out.toString(), err.toString());
    }
}
