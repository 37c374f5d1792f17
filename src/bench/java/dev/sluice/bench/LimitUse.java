package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;

/**
 * How much of a strict limit is used, and how many calls are refused on the way, beside the plain route with retries.
 *
 * @param files messages in the inbox of each run
 */
record LimitUse(int files) implements Scenario {
    private static final int REQUESTS_PER_MINUTE = 6_000;
    private static final Duration LATENCY = Duration.ofMillis(50);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, REQUESTS_PER_MINUTE);
        Figures figures = new Figures();
        figures.add(row(lab, new Contender.Plain(true), upstream));
        figures.add(row(lab, new Contender.Sluice(REQUESTS_PER_MINUTE), upstream));
        upstream.child().stop();
        return figures;
    }

    private Figures.Row row(Lab lab, Contender contender, Upstream upstream) throws IOException, InterruptedException {
        Scenario.say(
                "limit: %s answers %d files at %d requests a minute", contender.name(), files, REQUESTS_PER_MINUTE);
        Upstream.Stats stats = Run.of(lab, contender, upstream, files).upstream();
        double seconds = (stats.lastAcceptMs() - stats.firstAcceptMs()) / 1000.0;
        double allowed = REQUESTS_PER_MINUTE / 60.0 * seconds;
        return new Figures.Row()
                .text("contender", contender.name())
                .count("accepted", stats.accepted())
                .count("refused", stats.refused())
                .number("seconds", seconds, 1)
                .number("limit_used_percent", 100 * stats.accepted() / allowed, 2)
                .number("refused_percent", 100.0 * stats.refused() / (stats.accepted() + stats.refused()), 2);
    }
}
