package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast an inbox is answered that no limit holds up, beside the plain route. The two take turns, so that a machine
 * that becomes slower or faster meanwhile does so for both.
 *
 * @param files messages in the inbox of each run
 * @param rounds runs of each
 */
record Throughput(int files, int rounds) implements Scenario {
    private static final Duration LATENCY = Duration.ofMillis(50);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, 0);
        Contender plain = new Contender.Plain(false);
        Contender sluice = new Contender.Sluice(Contender.Sluice.NO_LIMIT);
        List<Run> plainRuns = new ArrayList<>();
        List<Run> sluiceRuns = new ArrayList<>();
        Figures figures = new Figures();
        for (int round = 1; round <= rounds; round++) {
            plainRuns.add(run(lab, plain, upstream, round, figures));
            sluiceRuns.add(run(lab, sluice, upstream, round, figures));
        }
        figures.add(medians(plain, plainRuns)).add(medians(sluice, sluiceRuns));
        figures.add(new Figures.Row()
                .text("contender", "sluice/plain")
                .text("round", "ratio")
                .number("files_per_s", median(sluiceRuns) / median(plainRuns), 2));
        upstream.child().stop();
        return figures;
    }

    private Run run(Lab lab, Contender contender, Upstream upstream, int round, Figures figures)
            throws IOException, InterruptedException {
        Scenario.say("throughput: round %d of %d, %s answers %d files", round, rounds, contender.name(), files);
        Run run = Run.of(lab, contender, upstream, files);
        figures.add(new Figures.Row()
                .text("contender", contender.name())
                .text("round", Integer.toString(round))
                .number("files_per_s", run.filesPerSecond(), 0)
                .number("files_per_s_with_start", run.filesPerSecondWithStart(), 0)
                .number("cpu_ms_per_file", run.cpuMsPerFile(), 2)
                .count("max_in_flight", run.upstream().maxInFlight())
                .number("peak_heap_mb", run.heap().peakMb(), 0)
                .count("peak_rss_mb", run.peakRssMb()));
        return run;
    }

    private static Figures.Row medians(Contender contender, List<Run> runs) {
        return new Figures.Row()
                .text("contender", contender.name())
                .text("round", "median")
                .number("files_per_s", median(runs), 0)
                .number(
                        "files_per_s_with_start",
                        Figures.median(
                                runs.stream().map(Run::filesPerSecondWithStart).toList()),
                        0)
                .number(
                        "cpu_ms_per_file",
                        Figures.median(runs.stream().map(Run::cpuMsPerFile).toList()),
                        2);
    }

    private static double median(List<Run> runs) {
        return Figures.median(runs.stream().map(Run::filesPerSecond).toList());
    }
}
