package dev.sluice.bench;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/** For JMH: processor time by operation, in µs, of the JVM that measures and of the Redis that it has started. */
public final class Cpu implements InternalProfiler {
    static final String CLIENT = "cpu.client";
    static final String REDIS = "cpu.redis";

    private Map<String, Long> before = Map.of();

    @Override
    public String getDescription() {
        return "processor time by operation of this JVM and of its Redis";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = used();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        Map<String, Long> after = used();
        double operations = Math.max(1, result.getMetadata().getAllOps());
        return Stream.of(CLIENT, REDIS)
                .map(name -> new ScalarResult(
                        name, (after.get(name) - before.get(name)) / operations, "us/op", AggregationPolicy.AVG))
                .toList();
    }

    private static Map<String, Long> used() {
        ProcessHandle self = ProcessHandle.current();
        List<ProcessHandle> redis = self.descendants()
                .filter(process -> process.info().command().orElse("").contains("redis-server"))
                .toList();
        return Map.of(CLIENT, micros(self), REDIS, redis.stream().collect(Collectors.summingLong(Cpu::micros)));
    }

    private static long micros(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1_000;
    }
}
