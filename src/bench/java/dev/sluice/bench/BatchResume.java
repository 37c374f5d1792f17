package dev.sluice.bench;

import dev.sluice.batch.BatchRefusedException;
import dev.sluice.batch.DoneLines;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * How soon a batch that is nearly done goes on: from the start of the process to the first call that the upstream takes.
 *
 * @param lines lines of the file, more than a thousand: so many are not done
 * @param rounds how often
 */
record BatchResume(int lines, int rounds) implements Scenario {
    private static final int LEFT = 1_000;
    private static final Duration AT_MOST = Duration.ofMinutes(5);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, Duration.ofMillis(5), 0);
        List<Double> seconds = new ArrayList<>();
        Figures figures = new Figures();
        for (int round = 1; round <= rounds; round++) {
            Scenario.say("batch-resume: round %d of %d, %d of %d lines are done", round, rounds, lines - LEFT, lines);
            seconds.add(firstCall(lab, upstream));
        }
        upstream.child().stop();
        return figures.add(new Figures.Row()
                .count("lines", lines)
                .count("done", lines - LEFT)
                .number("first_call_median_s", Figures.median(seconds), 2)
                .number("first_call_max_s", Collections.max(seconds), 2));
    }

    private double firstCall(Lab lab, Upstream upstream) throws IOException, InterruptedException {
        Path folder = lab.folder("batch-resume");
        Path input = folder.resolve("in.jsonl");
        BatchLines.write(input, lines);
        try {
            DoneLines.write(input, lines - LEFT, "{\"choices\":[]}");
        } catch (BatchRefusedException e) {
            throw new BenchException("cannot begin the batch: " + e.getMessage());
        }
        upstream.reset();
        Map<String, String> settings = Map.of(
                "UPSTREAM_URL",
                upstream.url().toString(),
                "LIMIT_REQUESTS_PER_MINUTE",
                Integer.toString(Contender.Sluice.NO_LIMIT),
                "LIMIT_TOKENS_PER_MINUTE",
                "2000000000");
        long start = System.currentTimeMillis();
        Child child = lab.sluice("batch-resume", folder, settings, "batch", "in.jsonl");
        Await.until("the end of the batch", AT_MOST, () -> !child.isAlive(), upstream.child());
        Upstream.Stats stats = upstream.stats();
        if (stats.accepted() != LEFT) {
            throw new BenchException("%d lines were left, %d calls were made; its last lines:%n%s"
                    .formatted(LEFT, stats.accepted(), child.lastLines()));
        }
        double seconds = (stats.firstAcceptMs() - start) / 1000.0;
        lab.delete(folder);
        return seconds;
    }
}
