package dev.sluice.admit;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;

/**
 * Decisions a second on one hot key of one Redis: Sluice's limiter beside others, and beside its own script sent by a
 * plain client. A program of its own; arguments: how many callers, each of which asks again as soon as it was answered.
 * Nobody is refused, nobody waits: the limit is out of the way. Prints a line of {@code name=value} for each contender.
 */
public final class Race {
    private static final long PLENTY = 60_000_000;
    private static final Limit LIMIT = Limit.perMinute("race", PLENTY, 100_000_000_000L);
    private static final Reservation CALL = new Reservation(LIMIT.key(), 100, 100);
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration MEASURED = Duration.ofSeconds(4);

    private final EmbeddedRedis redis;
    private final int callers;
    private final LongAdder decisions = new LongAdder();
    private volatile boolean over;

    private Race(EmbeddedRedis redis, int callers) {
        this.redis = redis;
        this.callers = callers;
    }

    public static void main(String[] args) throws InterruptedException {
        EmbeddedRedis redis = EmbeddedRedis.start(Path.of("redis"), System.err::println)
                .orElseThrow(() -> new IllegalStateException("the embedded Redis did not start"));
        for (String callers : args) {
            new Race(redis, Integer.parseInt(callers)).run();
        }
        System.out.println("over");
        System.exit(0);
    }

    private void run() throws InterruptedException {
        RedisLink link = RedisLink.open(redis.url());
        RedissonClient redisson = link.client().orElseThrow();
        RedisClient lettuce = RedisClient.create(redis.url());
        RedisAsyncCommands<String, String> plain = lettuce.connect().async();
        for (Map.Entry<String, Supplier<CompletionStage<?>>> contender : contenders(link, redisson, lettuce, plain)) {
            measure(contender.getKey(), contender.getValue());
        }
        lettuce.shutdown();
        link.close();
    }

    private static List<Map.Entry<String, Supplier<CompletionStage<?>>>> contenders(
            RedisLink link, RedissonClient redisson, RedisClient lettuce, RedisAsyncCommands<String, String> plain) {
        FallbackLimiter leased = new FallbackLimiter(LIMIT, link);
        RRateLimiter theirs = redisson.getRateLimiter("race-redisson");
        theirs.trySetRate(RateType.OVERALL, PLENTY, Duration.ofMinutes(1));
        AsyncBucketProxy bucket = Bucket4jLettuce.casBasedBuilder(lettuce)
                .build()
                .asAsync()
                .builder()
                .build(
                        "race-bucket4j".getBytes(StandardCharsets.UTF_8),
                        () -> CompletableFuture.completedFuture(BucketConfiguration.builder()
                                .addLimit(Bandwidth.builder()
                                        .capacity(PLENTY)
                                        .refillGreedy(PLENTY, Duration.ofMinutes(1))
                                        .build())
                                .build()));
        DecideCall call = DecideCall.of(LIMIT, List.of(new Step.Acquire(200)), DecideCall.NOW);
        String sha =
                plain.scriptLoad(Script.DECIDE.text()).toCompletableFuture().join();
        String[] keys = call.keys().stream().map(String::valueOf).toArray(String[]::new);
        String[] arguments = call.arguments().stream().map(String::valueOf).toArray(String[]::new);
        return List.of(
                Map.entry("sluice, a permit and its settlement", () -> leased.acquire(CALL)
                        .thenAccept(permit -> leased.settle(permit, Settlement.used(150)))),
                Map.entry("sluice, permits leased together", () -> leased.acquire(CALL)),
                Map.entry(
                        "sluice, one permit in one call",
                        () -> link.run(
                                Script.DECIDE, call.keys(), call.arguments().toArray())),
                Map.entry(
                        "the same script by a plain client",
                        () -> plain.evalsha(sha, ScriptOutputType.MULTI, keys, arguments)),
                Map.entry("redisson RRateLimiter", () -> theirs.tryAcquireAsync(1)),
                Map.entry("bucket4j on lettuce", () -> bucket.tryConsume(1)));
    }

    private void measure(String name, Supplier<CompletionStage<?>> decide) throws InterruptedException {
        over = false;
        Thread[] threads = new Thread[callers];
        for (int i = 0; i < callers; i++) {
            threads[i] = new Thread(() -> ask(decide));
            threads[i].start();
        }
        Thread.sleep(WARM_UP.toMillis());
        long mine = cpuMicros(ProcessHandle.current().pid());
        long servers = cpuMicros(redis.pid());
        decisions.reset();
        long start = System.nanoTime();
        Thread.sleep(MEASURED.toMillis());
        double seconds = (System.nanoTime() - start) / 1e9;
        double count = Math.max(1, decisions.sum());
        mine = cpuMicros(ProcessHandle.current().pid()) - mine;
        servers = cpuMicros(redis.pid()) - servers;
        over = true;
        for (Thread thread : threads) {
            thread.join(5_000);
        }
        System.out.printf(
                "contender=%s|callers=%d|decisions_per_s=%.0f|client_cpu_us=%.1f|redis_cpu_us=%.1f%n",
                name, callers, count / seconds, mine / count, servers / count);
    }

    private void ask(Supplier<CompletionStage<?>> decide) {
        while (!over) {
            try {
                decide.get().toCompletableFuture().join();
                decisions.increment();
            } catch (RuntimeException late) { // no decision; a contender may time out
                Thread.onSpinWait();
            }
        }
    }

    private static long cpuMicros(long pid) {
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO)
                        .toNanos()
                / 1_000;
    }
}
