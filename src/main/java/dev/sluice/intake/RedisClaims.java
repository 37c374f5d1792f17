package dev.sluice.intake;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.spi.IdempotentRepository;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.PlainOptions;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose a file is, in Redis: {@code add} claims it for a lease, which is renewed as long as this process has it; when the process
 * dies, the lease ends and another can claim the file. While Redis is away nobody claims anything. Thread-safe.
 */
public final class RedisClaims implements IdempotentRepository {
    private static final Logger LOG = LoggerFactory.getLogger(RedisClaims.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final CompletionStage<Boolean> NO = CompletableFuture.completedFuture(false);

    private final Supplier<Optional<RedissonClient>> redis;
    private final String prefix;
    private final Duration lease;
    private final String me = UUID.randomUUID().toString();
    /** Until when each claim holds, by {@link System#nanoTime}. */
    private final Map<String, Long> mine = new ConcurrentHashMap<>();

    private volatile boolean away;

    /**
     * @param redis the client, empty while there is no connection
     * @param shared what the processes call that which they share
     * @param lease how long a claim holds that is not renewed; it is renewed after a third of it
     * @param timer renews leases; a thread of its own
     */
    public RedisClaims(
            Supplier<Optional<RedissonClient>> redis, String shared, Duration lease, ScheduledExecutorService timer) {
        this.redis = redis;
        this.prefix = "sluice:{%s}:file:".formatted(shared);
        this.lease = lease;
        long every = lease.toMillis() / 3;
        timer.scheduleWithFixedDelay(() -> mine.keySet().forEach(this::renewing), every, every, TimeUnit.MILLISECONDS);
    }

    @Override
    public boolean add(String file) {
        long asked = System.nanoTime();
        boolean claimed =
                ask(file, bucket -> bucket.setIfAbsentAsync(me, lease)).orElse(false);
        if (claimed) {
            mine.put(file, asked + lease.toNanos());
        }
        return claimed;
    }

    @Override
    public boolean contains(String file) {
        return mine.containsKey(file) || ask(file, RBucket::isExistsAsync).orElse(true);
    }

    @Override
    public boolean remove(String file) {
        return mine.remove(file) != null
                && ask(file, bucket -> bucket.compareAndSetAsync(me, null)).orElse(false);
    }

    /** Whether the claim still holds: as far as is known here; if that has run out, as Redis says. */
    @Override
    public boolean confirm(String file) {
        Long until = mine.get(file);
        return until != null
                && (System.nanoTime() - until < 0
                        || ask(file, bucket -> renewing(file)).orElse(false));
    }

    @Override
    public void clear() {
        mine.keySet().forEach(this::remove);
    }

    @Override
    public void start() {
        // nothing to open
    }

    @Override
    public void stop() {
        // what is in hand stays so until it ends
    }

    private CompletionStage<Boolean> renewing(String file) {
        long asked = System.nanoTime();
        return bucket(file)
                .map(bucket -> bucket.getAsync()
                        .thenCompose(owner -> me.equals(owner) ? bucket.expireAsync(lease) : NO)
                        .thenApply(still -> {
                            if (still) {
                                mine.computeIfPresent(file, (name, until) -> asked + lease.toNanos());
                            }
                            return still;
                        }))
                .orElse(NO);
    }

    private Optional<RBucket<String>> bucket(String file) {
        return redis.get()
                .map(client -> client.getBucket(PlainOptions.name(prefix + file)
                        .codec(StringCodec.INSTANCE)
                        .timeout(PATIENCE)));
    }

    private <T> Optional<T> ask(String file, Function<RBucket<String>, CompletionStage<T>> question) {
        try {
            RBucket<String> bucket = bucket(file).orElseThrow(() -> new TimeoutException("not connected"));
            T answer = question.apply(bucket).toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            away = false;
            return Optional.ofNullable(answer);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            if (!away) {
                away = true;
                LOG.warn("intake=folder takes nothing: Redis does not tell whose a file is: {}", e.toString());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }
}
