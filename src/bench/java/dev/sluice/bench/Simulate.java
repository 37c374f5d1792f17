package dev.sluice.bench;

import dev.sluice.admit.Limit;
import dev.sluice.admit.SimulatedUpstream.Kind;
import dev.sluice.admit.Simulation;
import dev.sluice.admit.Simulation.Result;
import dev.sluice.admit.Simulation.RetryAfter;
import dev.sluice.admit.Simulation.Setting;
import dev.sluice.admit.Simulation.Step;
import java.time.Duration;
import java.util.List;

/** The rule of the limiter in virtual time, against upstreams and limits of all kinds; seconds for hours. */
record Simulate() implements Scenario {
    private static final double PLENTY = 1e9;
    private static final int RUNS = 3;

    private record Case(String name, Setting setting) {}

    @Override
    public Figures measure(Lab lab) {
        Figures figures = new Figures();
        for (Kind kind : Kind.values()) {
            figures.add(row(down(kind, 0, RetryAfter.EXACT, false)));
            for (RetryAfter retryAfter : RetryAfter.values()) {
                figures.add(row(down(kind, Limit.DEFAULT_ADAPTIVE_FACTOR, retryAfter, false)));
            }
            figures.add(row(down(kind, Limit.DEFAULT_ADAPTIVE_FACTOR, RetryAfter.EXACT, true)));
        }
        for (Kind kind : Kind.values()) {
            figures.add(row(staircase(kind)));
        }
        for (int nodes : new int[] {1, 4, 20}) {
            figures.add(row(nodes(nodes)));
        }
        figures.add(row(tokens(Kind.BUCKET_1S))).add(row(tokens(Kind.BUCKET_60S)));
        return figures;
    }

    /** LIMITER's table: 600 requests a minute, 300 from minute 10 to 20. */
    private static Case down(Kind kind, double factor, RetryAfter retryAfter, boolean headers) {
        return new Case(
                factor == 0 ? "600, 300, 600; fixed" : "600, 300, 600",
                setting(limit(600, PLENTY, factor), kind)
                        .with(List.of(new Step(0, 600, PLENTY), new Step(10, 300, PLENTY), new Step(20, 600, PLENTY)))
                        .with(retryAfter, headers));
    }

    private static Case staircase(Kind kind) {
        return new Case(
                "1000, 200, 500, 1200",
                setting(limit(1_200, PLENTY, Limit.DEFAULT_ADAPTIVE_FACTOR), kind)
                        .with(List.of(
                                new Step(0, 1_000, PLENTY),
                                new Step(7, 200, PLENTY),
                                new Step(14, 500, PLENTY),
                                new Step(21, 1_200, PLENTY))));
    }

    private static Case nodes(int nodes) {
        return new Case(
                "600 of 2000 configured, nodes: " + nodes,
                setting(limit(2_000, PLENTY, Limit.DEFAULT_ADAPTIVE_FACTOR), Kind.BUCKET_1S)
                        .with(List.of(new Step(0, 600, PLENTY)))
                        .with(nodes));
    }

    private static Case tokens(Kind kind) {
        return new Case(
                "tokens: half of those configured",
                setting(limit(6_000, 600_000, Limit.DEFAULT_ADAPTIVE_FACTOR), kind)
                        .with(List.of(new Step(0, 6_000, 300_000))));
    }

    private static Setting setting(Limit limit, Kind kind) {
        return Setting.of(limit, kind);
    }

    private static Limit limit(long requests, double tokens, double factor) {
        return new Limit("simulated", requests, (long) tokens, Duration.ofMillis(250), true, factor);
    }

    private static Figures.Row row(Case simulated) {
        double used = 0;
        double refused = 0;
        for (int run = 1; run <= RUNS; run++) {
            Result result = Simulation.run(simulated.setting.with((long) run));
            used += result.used() / RUNS;
            refused += result.refused() / RUNS;
        }
        return new Figures.Row()
                .text("limit", simulated.name)
                .text("upstream", simulated.setting.kind().toString())
                .text("retry_after", simulated.setting.retryAfter().toString())
                .text("headers", Boolean.toString(simulated.setting.headers()))
                .number("used_percent", used, 1)
                .number("refused_percent", refused, 2);
    }
}
