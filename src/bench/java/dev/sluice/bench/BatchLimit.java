package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How much of a strict limit a batch uses, and how many of its calls are refused, beside a loop like the script of the
 * OpenAI cookbook.
 *
 * @param lines lines of the file
 */
record BatchLimit(int lines) implements Scenario {
    private static final int REQUESTS_PER_MINUTE = 6_000;
    private static final Duration LATENCY = Duration.ofMillis(50);
    private static final Duration COOKBOOK_AT_MOST = Duration.ofSeconds(120);
    private static final Duration AT_MOST = Duration.ofMinutes(10);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, REQUESTS_PER_MINUTE);
        Figures figures = new Figures();
        Scenario.say("batch-limit: a loop like the cookbook's sends %d lines, at most two minutes", lines);
        long failed = new CookbookLoop(upstream.url(), REQUESTS_PER_MINUTE).run(lines, COOKBOOK_AT_MOST);
        figures.add(row("cookbook", upstream.stats()).count("failed_lines", failed));
        upstream.reset();
        Scenario.say("batch-limit: sluice answers %d lines", lines);
        sluice(lab, upstream);
        figures.add(row("sluice", upstream.stats()).count("failed_lines", 0));
        upstream.child().stop();
        return figures;
    }

    private void sluice(Lab lab, Upstream upstream) throws IOException, InterruptedException {
        Path folder = lab.folder("sluice-batch-limit");
        BatchLines.write(folder.resolve("in.jsonl"), lines);
        Map<String, String> settings = Map.of(
                "UPSTREAM_URL",
                upstream.url().toString(),
                "LIMIT_REQUESTS_PER_MINUTE",
                Integer.toString(REQUESTS_PER_MINUTE),
                "LIMIT_TOKENS_PER_MINUTE",
                "2000000000");
        Child child = lab.sluice("sluice-batch-limit", folder, settings, "batch", "in.jsonl");
        Await.until("the end of the batch", AT_MOST, () -> !child.isAlive(), upstream.child());
        long answers = BatchLines.count(folder.resolve("in.output.jsonl"));
        if (answers != lines) {
            throw new BenchException("sluice batch was given %d lines and has answered %d; its last lines:%n%s"
                    .formatted(lines, answers, child.lastLines()));
        }
    }

    private Figures.Row row(String contender, Upstream.Stats stats) {
        double seconds = (stats.lastAcceptMs() - stats.firstAcceptMs()) / 1000.0;
        double allowed = REQUESTS_PER_MINUTE / 60.0 * seconds;
        return new Figures.Row()
                .text("contender", contender)
                .count("accepted", stats.accepted())
                .count("refused", stats.refused())
                .number("done_percent", 100.0 * stats.accepted() / lines, 1)
                .number("seconds", seconds, 1)
                .number("limit_used_percent", 100 * stats.accepted() / allowed, 2)
                .number("refused_percent", 100.0 * stats.refused() / (stats.accepted() + stats.refused()), 2);
    }
}
