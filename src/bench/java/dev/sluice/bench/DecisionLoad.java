package dev.sluice.bench;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.admit.FallbackLimiter;
import dev.sluice.admit.InFlight;
import dev.sluice.admit.Limit;
import dev.sluice.admit.LimitRules;
import dev.sluice.admit.Limiter;
import dev.sluice.admit.Limits;
import dev.sluice.admit.Permit;
import dev.sluice.admit.RedisLink;
import dev.sluice.admit.Reservation;
import dev.sluice.admit.Settlement;
import dev.sluice.admit.WaitTimer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;

/**
 * Nothing but decisions: callers that acquire, wait for the permit, and settle it, on the embedded Redis. A program of
 * its own; arguments: how many callers, and about how many decisions a second they make together, at
 * random moments, 0 for as many as they can; and whether with the queue in front of the limiter.
 * It prints one line of {@code name=value}, and goes on until it is stopped.
 */
final class DecisionLoad {
    private static final Limit LIMIT = Limit.perMinute("bench", 60_000_000, 100_000_000_000L);
    private static final Reservation CALL = new Reservation(LIMIT.key(), 1_000, 500);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration SETTLING = Duration.ofSeconds(2);
    private static final Duration MEASURED = Duration.ofSeconds(10);

    private final Limiter limiter;
    private final BooleanSupplier degraded;
    private final LongAdder decisions = new LongAdder();
    private final LongAdder waitedNanos = new LongAdder();
    private volatile long pauseNanos;

    private DecisionLoad(Limiter limiter, BooleanSupplier degraded) {
        this.limiter = limiter;
        this.degraded = degraded;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        int callers = Integer.parseInt(args[0]);
        int perSecond = Integer.parseInt(args[1]);
        EmbeddedRedis redis = EmbeddedRedis.start(Path.of("redis"), System.err::println)
                .orElseThrow(() -> new BenchException("the embedded Redis did not start"));
        RedisLink link = RedisLink.open(redis.url());
        // a busy machine may take longer than the link waits
        Await.until("Redis", SETTLING.multipliedBy(30), () -> link.client().isPresent());
        boolean queued = Boolean.parseBoolean(args[2]);
        (queued ? queued(link) : direct(link)).measure(link, callers, perSecond);
    }

    private static DecisionLoad direct(RedisLink link) {
        FallbackLimiter limiter = new FallbackLimiter(LIMIT, link);
        return new DecisionLoad(limiter, () -> limiter.mode() == FallbackLimiter.Mode.LOCAL);
    }

    /** With the queue, the leases and the places in flight, as messages find it. */
    private static DecisionLoad queued(RedisLink link) {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Limits limits = new Limits(
                new LimitRules(LIMIT, List.of()),
                link,
                tenant -> 1,
                Optional.of(new InFlight.Bounds(4, 10_000)),
                FallbackLimiter.WithoutRedis.LOCAL,
                10_000,
                new WaitTimer("slots"),
                meters);
        return new DecisionLoad(
                limits, () -> meters.get("sluice.limiter.degraded").gauge().value() > 0);
    }

    private void measure(RedisLink link, int callers, int perSecond) throws InterruptedException {
        IntStream.range(0, callers).forEach(i -> new Thread(this::call).start());
        Thread.sleep(WARM_UP.toMillis()); // as fast as they can, so that what is measured is compiled
        pauseNanos = perSecond == 0 ? 0 : 1_000_000_000L * callers / perSecond;
        Thread.sleep(SETTLING.toMillis());
        long scripts = scriptCalls(link);
        long cpu = cpuMicros();
        waitedNanos.reset();
        decisions.reset();
        long start = System.nanoTime();
        Thread.sleep(MEASURED.toMillis());
        double count = decisions.sum();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "decisions_per_s=%.0f cpu_us_per_decision=%.1f scripts_per_decision=%.3f wait_us=%.0f mode=%s%n",
                count / seconds,
                (cpuMicros() - cpu) / count,
                (scriptCalls(link) - scripts) / count,
                waitedNanos.sum() / 1e3 / count,
                degraded.getAsBoolean() ? "LOCAL" : "REDIS");
    }

    private void call() {
        while (true) {
            long asked = System.nanoTime();
            Permit permit = limiter.acquire(CALL).toCompletableFuture().join();
            waitedNanos.add(System.nanoTime() - asked);
            limiter.settle(permit, Settlement.used(1_200));
            decisions.increment();
            LockSupport.parkNanos(
                    (long) (2 * pauseNanos * ThreadLocalRandom.current().nextDouble()));
        }
    }

    private static long cpuMicros() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1_000;
    }

    private static long scriptCalls(RedisLink link) {
        return link
                .client()
                .orElseThrow()
                .getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(RedisNode.InfoSection.COMMANDSTATS)
                .entrySet()
                .stream()
                .filter(entry -> entry.getKey().startsWith("cmdstat_eval"))
                .mapToLong(entry -> Long.parseLong(entry.getValue().replaceFirst("calls=(\\d+).*", "$1")))
                .sum();
    }
}
