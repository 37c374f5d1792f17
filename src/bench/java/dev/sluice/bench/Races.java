package dev.sluice.bench;

import dev.sluice.admit.Race;
import java.io.IOException;
import java.util.List;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Decisions a second beside other limiters, with 1, 16 and 64 callers: {@link Race}, by JMH. */
record Races() implements Scenario {
    private static final List<Integer> CALLERS = List.of(1, 16, 64);

    @Override
    public Figures measure(Lab lab) throws IOException {
        Figures figures = new Figures();
        String redis = "-D%s=%s".formatted(Race.FOLDER, lab.folder("race"));
        for (int callers : CALLERS) {
            Scenario.say("race: callers=%d, six contenders, 10 s each", callers);
            for (RunResult result : Jmh.run(Jmh.benchmark(Race.class)
                    .threads(callers)
                    .jvmArgsAppend(redis)
                    .addProfiler(Cpu.class))) {
                figures.add(row(callers, result));
            }
        }
        return figures;
    }

    private static Figures.Row row(int callers, RunResult result) {
        Result<?> decisions = result.getPrimaryResult();
        return new Figures.Row()
                .text("contender", result.getParams().getParam("contender"))
                .count("callers", callers)
                .number("decisions_per_s", decisions.getScore(), 0)
                .number("error", decisions.getScoreError(), 0)
                .number("client_cpu_us", also(result, Cpu.CLIENT), 1)
                .number("redis_cpu_us", also(result, Cpu.REDIS), 1)
                .number("late", also(result, "late"), 0);
    }

    private static double also(RunResult result, String name) {
        Result<?> secondary = result.getSecondaryResults().get(name);
        return secondary == null ? Double.NaN : secondary.getScore();
    }
}
