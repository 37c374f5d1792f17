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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;

/**
 * Decisions a second on one hot key of one Redis: Sluice's limiter beside others, and beside its own script sent by a
 * plain client. Each caller asks again as soon as it was answered. Nobody is refused, nobody waits: the limit is out of
 * the way.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Race {
    /** System property: where Redis is started. */
    public static final String FOLDER = "race.redis";

    private static final long PLENTY = 60_000_000;
    private static final Limit LIMIT = Limit.perMinute("race", PLENTY, 100_000_000_000L);
    private static final Reservation CALL = new Reservation(LIMIT.key(), 100, 100);

    /** Who decides. */
    public enum Contender {
        /** A permit and its settlement, by the whole limiter. */
        SLUICE,
        /** Permits without settlements. */
        SLUICE_PERMITS,
        /** A permit in a command of its own, by the link of the limiter. */
        SLUICE_LINK,
        /** The same script by a plain client. */
        SLUICE_SCRIPT,
        REDISSON,
        BUCKET4J
    }

    @Param
    public Contender contender;

    private EmbeddedRedis redis;
    private RedisLink link;
    private FallbackLimiter limiter;
    private RedisClient lettuce;
    private Supplier<CompletionStage<?>> decide;

    /** Decisions that were none: a contender may time out. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Missed {
        public long late;
    }

    @Setup
    public void open() {
        redis = EmbeddedRedis.start(Path.of(System.getProperty(FOLDER)), System.err::println)
                .orElseThrow(() -> new IllegalStateException("the embedded Redis did not start"));
        link = RedisLink.open(redis.url());
        limiter = new FallbackLimiter(LIMIT, link);
        lettuce = RedisClient.create(redis.url());
        decide = decide();
    }

    @TearDown
    public void close() {
        boolean alone = limiter.mode() != FallbackLimiter.Mode.REDIS;
        lettuce.shutdown();
        link.close();
        redis.close();
        if (alone) {
            throw new IllegalStateException("Redis was too slow on this machine: the limiter went on without it");
        }
    }

    @Benchmark
    public Object decision(Missed missed) {
        try {
            return decide.get().toCompletableFuture().join();
        } catch (RuntimeException late) {
            missed.late++;
            return late;
        }
    }

    private Supplier<CompletionStage<?>> decide() {
        return switch (contender) {
            case SLUICE ->
                () -> limiter.acquire(CALL).thenAccept(permit -> limiter.settle(permit, Settlement.used(150)));
            case SLUICE_PERMITS -> () -> limiter.acquire(CALL);
            case SLUICE_LINK -> byLink();
            case SLUICE_SCRIPT -> byPlainClient();
            case REDISSON -> redisson(link.client().orElseThrow());
            case BUCKET4J -> bucket4j();
        };
    }

    private Supplier<CompletionStage<?>> byLink() {
        DecideCall call = call();
        return () -> link.run(Script.DECIDE, call.keys(), call.arguments().toArray());
    }

    private Supplier<CompletionStage<?>> byPlainClient() {
        RedisAsyncCommands<String, String> plain = lettuce.connect().async();
        DecideCall call = call();
        String sha =
                plain.scriptLoad(Script.DECIDE.text()).toCompletableFuture().join();
        String[] keys = call.keys().stream().map(String::valueOf).toArray(String[]::new);
        String[] arguments = call.arguments().stream().map(String::valueOf).toArray(String[]::new);
        return () -> plain.evalsha(sha, ScriptOutputType.MULTI, keys, arguments);
    }

    private static Supplier<CompletionStage<?>> redisson(RedissonClient client) {
        RRateLimiter theirs = client.getRateLimiter("race-redisson");
        theirs.trySetRate(RateType.OVERALL, PLENTY, Duration.ofMinutes(1));
        return () -> theirs.tryAcquireAsync(1);
    }

    private Supplier<CompletionStage<?>> bucket4j() {
        Bandwidth plenty = Bandwidth.builder()
                .capacity(PLENTY)
                .refillGreedy(PLENTY, Duration.ofMinutes(1))
                .build();
        AsyncBucketProxy bucket = Bucket4jLettuce.casBasedBuilder(lettuce)
                .build()
                .asAsync()
                .builder()
                .build(
                        "race-bucket4j".getBytes(StandardCharsets.UTF_8),
                        () -> CompletableFuture.completedFuture(
                                BucketConfiguration.builder().addLimit(plenty).build()));
        return () -> bucket.tryConsume(1);
    }

    private static DecideCall call() {
        return DecideCall.of(LIMIT, List.of(new Step.Acquire(200)), DecideCall.NOW);
    }
}
