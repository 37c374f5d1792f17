package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What a decision of the limiter costs, each with its settlement, in one JVM beside its embedded Redis. */
record Decisions() implements Scenario {
    private static final Duration WITHIN = Duration.ofMinutes(1);
    private static final Pattern FIGURES = Pattern.compile("decisions_per_s=.*");
    private static final Pattern FIGURE = Pattern.compile("(\\w+)=(\\S+)");

    private record Load(int callers, int perSecond, boolean queue) {}

    private static final List<Load> LOADS = List.of(
            new Load(64, 0, false),
            new Load(64, 0, true),
            new Load(64, 5_000, false),
            new Load(64, 5_000, true),
            new Load(64, 1_000, true));

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Figures figures = new Figures();
        for (Load load : LOADS) {
            figures.add(row(lab, load));
        }
        return figures;
    }

    private static Figures.Row row(Lab lab, Load load) throws IOException, InterruptedException {
        String asked = load.perSecond == 0 ? "no limit" : Integer.toString(load.perSecond);
        Scenario.say("decisions: %d callers, asked a second: %s", load.callers, asked);
        Child child = lab.java(
                "decisions",
                lab.folder("decisions"),
                DecisionLoad.class,
                Integer.toString(load.callers),
                Integer.toString(load.perSecond),
                Boolean.toString(load.queue));
        Await.until("the figures", WITHIN, () -> FIGURES.matcher(child.log()).find(), child);
        Figures.Row row = new Figures.Row()
                .count("callers", load.callers)
                .text("asked_per_s", asked)
                .text("queue", load.queue ? "yes" : "no");
        String line =
                FIGURES.matcher(child.log()).results().findFirst().orElseThrow().group();
        for (MatchResult figure : FIGURE.matcher(line).results().toList()) {
            row.text(figure.group(1), figure.group(2));
        }
        child.stop();
        return row;
    }
}
