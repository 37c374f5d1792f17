package dev.sluice.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How fast a JSONL file is answered that no limit holds up, beside Camel's plain splitter; the two take turns.
 *
 * @param lines lines of the file
 * @param rounds runs of each
 */
record BatchLines(int lines, int rounds) implements Scenario {
    private static final Duration LATENCY = Duration.ofMillis(5);
    private static final Duration SLOWEST_PER_LINE = Duration.ofMillis(10);
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, 0);
        List<Double> plain = new ArrayList<>();
        List<Double> sluice = new ArrayList<>();
        Figures figures = new Figures();
        for (int round = 1; round <= rounds; round++) {
            Scenario.say("batch: round %d of %d, the splitter answers %d lines", round, rounds, lines);
            plain.add(plain(lab, upstream, figures));
            Scenario.say("batch: round %d of %d, sluice answers %d lines", round, rounds, lines);
            sluice.add(sluice(lab, upstream, figures));
        }
        upstream.child().stop();
        return figures.add(new Figures.Row()
                .text("contender", "sluice/plain")
                .number("lines_per_s", Figures.median(sluice) / Figures.median(plain), 2));
    }

    private double plain(Lab lab, Upstream upstream, Figures figures) throws IOException, InterruptedException {
        Path folder = lab.folder("plain-batch");
        write(Files.createDirectories(folder.resolve("in")).resolve("in.jsonl"), lines);
        Path output = folder.resolve("out").resolve("out.jsonl");
        upstream.reset();
        Child child = lab.java(
                "plain-batch", folder, PlainBatchRoute.class, upstream.url().toString());
        Child[] children = {child, upstream.child()};
        Await.until(lines + " calls", atMost(), () -> upstream.stats().accepted() >= lines, children);
        Await.until(lines + " answers", STARTS_WITHIN, () -> count(output) == lines, children);
        Duration cpu = child.cpu();
        child.stop();
        return row(figures, "plain", upstream, cpu, folder);
    }

    private double sluice(Lab lab, Upstream upstream, Figures figures) throws IOException, InterruptedException {
        Path folder = lab.folder("sluice-batch");
        write(folder.resolve("in.jsonl"), lines);
        upstream.reset();
        Map<String, String> settings = Map.of(
                "UPSTREAM_URL",
                upstream.url().toString(),
                "LIMIT_REQUESTS_PER_MINUTE",
                Integer.toString(Contender.Sluice.NO_LIMIT),
                "LIMIT_TOKENS_PER_MINUTE",
                "2000000000",
                "THROTTLE_MAX_CONCURRENT",
                Integer.toString(Contender.AT_ONCE));
        Child child = lab.sluice("sluice-batch", folder, settings, "batch", "in.jsonl");
        Duration[] cpu = {Duration.ZERO};
        Await.until(
                "the end of the batch",
                atMost(),
                () -> {
                    cpu[0] = child.isAlive() ? child.cpu() : cpu[0];
                    return !child.isAlive();
                },
                upstream.child());
        long answers = count(folder.resolve("in.output.jsonl"));
        if (answers != lines) {
            throw new BenchException("sluice batch was given %d lines and has answered %d; its last lines:%n%s"
                    .formatted(lines, answers, child.lastLines()));
        }
        return row(figures, "sluice", upstream, cpu[0], folder);
    }

    private double row(Figures figures, String contender, Upstream upstream, Duration cpu, Path folder)
            throws IOException {
        Upstream.Stats stats = upstream.stats();
        if (stats.distinctPrompts() != lines) {
            throw new BenchException("%s was given %d lines, %d prompts were accepted upstream"
                    .formatted(contender, lines, stats.distinctPrompts()));
        }
        double seconds = (stats.lastAcceptMs() - stats.firstAcceptMs()) / 1000.0;
        List<Double> heap = Lab.heap(folder).afterMb();
        Figures.Row row = new Figures.Row()
                .text("contender", contender)
                .count("lines", lines)
                .number("lines_per_s", lines / seconds, 0)
                .number("cpu_ms_per_line", (double) cpu.toMillis() / lines, 2)
                .count("max_in_flight", stats.maxInFlight());
        if (!heap.isEmpty()) {
            row.number("heap_median_mb", Figures.median(heap), 0).number("heap_max_mb", Collections.max(heap), 0);
        }
        figures.add(row);
        return lines / seconds;
    }

    private Duration atMost() {
        return STARTS_WITHIN.plus(SLOWEST_PER_LINE.multipliedBy(lines));
    }

    static void write(Path file, int lines) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < lines; i++) {
                out.write("{\"custom_id\":\"line-%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
                        .formatted(i));
                out.write("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Say in one"
                        + " sentence what the number " + i + " is known for.\"}]}}\n");
            }
        }
    }

    static long count(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (Stream<String> all = Files.lines(file)) {
            return all.count();
        }
    }
}
