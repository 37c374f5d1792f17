package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * Whether a large inbox is taken up soon, and in bounded memory: the heap in use after collections, over the whole run
 * and in each quarter of it.
 *
 * @param files messages in the inbox
 */
record Backlog(int files) implements Scenario {
    private static final Duration LATENCY = Duration.ofMillis(5);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, 0);
        Scenario.say("backlog: sluice answers %d files", files);
        Run run = Run.of(lab, new Contender.Sluice(Contender.Sluice.NO_LIMIT), upstream, files);
        upstream.child().stop();
        List<Double> after = run.heap().afterMb();
        Figures.Row row = new Figures.Row()
                .count("files", files)
                .number("first_answer_s", Run.seconds(run.firstAnswer()), 1)
                .number("files_per_s", run.filesPerSecond(), 0)
                .number("cpu_ms_per_file", run.cpuMsPerFile(), 2)
                .count("collections", after.size());
        if (!after.isEmpty()) {
            row.number("heap_min_mb", Collections.min(after), 0)
                    .number("heap_median_mb", Figures.median(after), 0)
                    .number("heap_max_mb", Collections.max(after), 0);
        }
        double quarter = Run.seconds(run.whole()) / 4;
        for (int i = 0; i < 4; i++) {
            row.number(
                    "heap_q%d_mb".formatted(i + 1),
                    Figures.median(run.heap().afterMb(i * quarter, (i + 1) * quarter)),
                    0);
        }
        return new Figures().add(row.count("peak_rss_mb", run.peakRssMb()));
    }
}
