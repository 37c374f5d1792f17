package dev.sluice.bench;

import dev.sluice.admit.Limit;
import dev.sluice.admit.SimulatedUpstream.Kind;
import dev.sluice.admit.Simulation;
import dev.sluice.admit.Simulation.Charge;
import dev.sluice.admit.Simulation.Demand;
import dev.sluice.admit.Simulation.Result;
import dev.sluice.admit.Simulation.RetryAfter;
import dev.sluice.admit.Simulation.Setting;
import dev.sluice.admit.Simulation.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The rule of the limiter in virtual time, against upstreams and limits of all kinds, half an hour each; seconds for
 * hours. Limits are requests a minute; {@code 600, 60, 600} is one that steps down after ten minutes, and up after twenty.
 */
record Simulate() implements Scenario {
    private static final double PLENTY = 1e9;
    private static final int RUNS = 3;

    private record Case(String name, Setting setting) {}

    @Override
    public Figures measure(Lab lab) {
        Figures figures = new Figures();
        cases().forEach(simulated -> figures.add(row(simulated)));
        return figures;
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            cases.add(new Case("600, 300, 600; fixed", steps(limit(600, 0), kind, 600, 300, 600)));
            Setting down = steps(limit(600), kind, 600, 300, 600);
            for (RetryAfter retryAfter : RetryAfter.values()) {
                cases.add(new Case("600, 300, 600", down.with(retryAfter, false)));
            }
            cases.add(new Case("600, 300, 600", down.with(RetryAfter.EXACT, true)));
        }
        for (Kind kind : Kind.values()) {
            cases.addAll(schedules(kind));
        }
        return cases;
    }

    private static List<Case> schedules(Kind kind) {
        Setting half = steps(limit(1_200), kind, 600);
        Setting many = steps(limit(6_000), kind, 3_000).lasting(8, 0);
        return List.of(
                new Case("600, 60, 600", steps(limit(600), kind, 600, 60, 600)),
                new Case("6000, 600, 6000", steps(limit(6_000), kind, 6_000, 600, 6_000)),
                new Case("1000, 200, 500, 1200", steps(limit(1_200), kind, 1_000, 200, 500, 1_200)),
                new Case("3000, 1500, 3000 of 6000", steps(limit(6_000), kind, 3_000, 1_500, 3_000)),
                new Case("3000, 300, 3000 of 6000", steps(limit(6_000), kind, 3_000, 300, 3_000)),
                new Case("600, 300, 600 of 1200", steps(limit(1_200), kind, 600, 300, 600)),
                new Case("60, 30, 60 of 120", steps(limit(120), kind, 60, 30, 60)),
                new Case("3000 of 6000, 8 min", many),
                new Case("3000 of 6000, 8 min", many.with(RetryAfter.NONE, false)),
                new Case("3000 of 6000, 1 node, second 20 to 80", many.with(1).lasting(80 / 60.0, 20 / 60.0)),
                new Case("60, known", steps(limit(60), kind, 60)),
                new Case("60 of 120", steps(limit(120), kind, 60)),
                new Case("60 of 600", steps(limit(600), kind, 60)),
                new Case("600 of 2000, 1 node", steps(limit(2_000), kind, 600).with(1)),
                new Case("600 of 2000, 20 nodes", steps(limit(2_000), kind, 600).with(20)),
                new Case("600 of 1200, 300 calls at once", half.with(new Demand(0, 400, 300))),
                new Case("600 of 1200, 50 calls at once", half.with(new Demand(0, 540, 50))),
                new Case("600 of 1200, 570 asked", half.with(new Demand(0, 570, 1))),
                new Case(
                        "600 of 1200, idle for 10 min",
                        half.with(new Demand(0, 900, 1), new Demand(10, 0, 1), new Demand(20, 900, 1))),
                new Case("600 of 1200, answers after 3 s", half.answeredWithin(3_000)),
                new Case("tokens: half of those configured", tokens(kind, 600_000, true)),
                new Case(
                        "tokens: half, unused ones kept",
                        tokens(kind, 600_000, false).with(Charge.KEPT, 2)),
                new Case(
                        "tokens: known, unused ones come back",
                        tokens(kind, 300_000, true).with(Charge.USED, 2)),
                reserved(kind, 1, 2),
                reserved(kind, 4, 2),
                reserved(kind, 4, 4),
                reserved(kind, 20, 4),
                new Case(
                        "tokens: the same with a burst of 5 s, nodes: 4",
                        tokens(kind, 300_000, true, 5_000).with(Charge.REFUNDED, 4)));
    }

    /** An upstream that charges what is reserved, and gives back what was not used. */
    private static Case reserved(Kind kind, int nodes, double times) {
        return new Case(
                "tokens: known, %.0f times reserved, refunded, nodes: %d".formatted(times, nodes),
                tokens(kind, 300_000, true).with(Charge.REFUNDED, times).with(nodes));
    }

    private static Setting tokens(Kind kind, long configured, boolean refunds) {
        return tokens(kind, configured, refunds, 250);
    }

    private static Setting tokens(Kind kind, long configured, boolean refunds, long burstMs) {
        Limit limit = new Limit("simulated", 6_000, configured, Duration.ofMillis(burstMs), refunds);
        return Setting.of(limit, kind).with(new Step(0, 6_000, 300_000));
    }

    /** Half an hour, in equal parts. */
    private static Setting steps(Limit limit, Kind kind, int... requests) {
        Step[] steps = new Step[requests.length];
        for (int i = 0; i < requests.length; i++) {
            steps[i] = new Step(30.0 * i / requests.length, requests[i], PLENTY);
        }
        return Setting.of(limit, kind).with(steps);
    }

    private static Limit limit(long requests) {
        return limit(requests, Limit.DEFAULT_ADAPTIVE_FACTOR);
    }

    private static Limit limit(long requests, double factor) {
        return new Limit("simulated", requests, (long) PLENTY, Duration.ofMillis(250), true, factor);
    }

    private static Figures.Row row(Case simulated) {
        double used = 0;
        double refused = 0;
        for (int run = 1; run <= RUNS; run++) {
            Result result = Simulation.run(simulated.setting.with((long) run));
            used += result.used() / RUNS;
            refused += result.refused() / RUNS;
        }
        Simulation.Provider provider = simulated.setting.provider();
        return new Figures.Row()
                .text("limit", simulated.name)
                .text("upstream", provider.kind().toString())
                .text("retry_after", provider.retryAfter().toString())
                .text("headers", Boolean.toString(provider.headers()))
                .number("used_percent", used, 1)
                .number("refused_percent", refused, 2);
    }
}
