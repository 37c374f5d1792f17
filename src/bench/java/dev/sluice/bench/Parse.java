package dev.sluice.bench;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** How fast server-sent events are read, beside other readers of them: {@link SseParsing}, by JMH. */
record Parse() implements Scenario {

    @Override
    public Figures measure(Lab lab) {
        Scenario.say("parse: three readers, 16 s each");
        useThisClassPath();
        try {
            Collection<RunResult> results = new Runner(new OptionsBuilder()
                            .include(SseParsing.class.getName())
                            .jvm(Lab.javaHome().resolve("bin").resolve("java").toString())
                            .build())
                    .run();
            Figures figures = new Figures();
            for (RunResult result : results) {
                figures.add(new Figures.Row()
                        .text("reader", result.getPrimaryResult().getLabel())
                        .number("mb_per_s", result.getPrimaryResult().getScore(), 0)
                        .number("error", result.getPrimaryResult().getScoreError(), 0));
            }
            return figures;
        } catch (RunnerException e) {
            throw new BenchException("JMH cannot run: " + e);
        }
    }

    /** JMH starts JVMs of its own; inside Maven the class path is known to the class loader only. */
    private static void useThisClassPath() {
        if (Parse.class.getClassLoader() instanceof URLClassLoader loader) {
            System.setProperty(
                    "java.class.path",
                    Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":")));
        }
    }
}
