package dev.sluice.bench;

import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** How fast server-sent events are read, beside other readers of them: {@link SseParsing}, by JMH. */
record Parse() implements Scenario {

    @Override
    public Figures measure(Lab lab) {
        Scenario.say("parse: three readers, 16 s each");
        Figures figures = new Figures();
        for (RunResult result : Jmh.run(Jmh.benchmark(SseParsing.class))) {
            Result<?> reader = result.getPrimaryResult();
            figures.add(new Figures.Row()
                    .text("reader", reader.getLabel())
                    .number("mb_per_s", reader.getScore(), 0)
                    .number("error", reader.getScoreError(), 0));
        }
        return figures;
    }
}
