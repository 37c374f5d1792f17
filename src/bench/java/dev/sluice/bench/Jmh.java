package dev.sluice.bench;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Benchmarks of JMH, run in JVMs of their own on the JDK of the lab. */
final class Jmh {

    private Jmh() {}

    /** What is to be measured; add to it, then {@link #run} it. */
    static ChainedOptionsBuilder benchmark(Class<?> code) {
        return new OptionsBuilder()
                .include(code.getName() + "\\.")
                .jvm(Lab.javaHome().resolve("bin").resolve("java").toString());
    }

    static Collection<RunResult> run(ChainedOptionsBuilder benchmark) {
        useThisClassPath();
        try {
            return new Runner(benchmark.build()).run();
        } catch (RunnerException e) {
            throw new BenchException("JMH cannot run: " + e);
        }
    }

    /** JMH starts JVMs of its own; inside Maven the class path is known to the class loader only. */
    private static void useThisClassPath() {
        if (Jmh.class.getClassLoader() instanceof URLClassLoader loader) {
            System.setProperty(
                    "java.class.path",
                    Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":")));
        }
    }
}
