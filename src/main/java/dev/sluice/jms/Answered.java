package dev.sluice.jms;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.redisson.api.RBucket;
import org.redisson.api.RFuture;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.PlainOptions;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which requests have their answer, in Redis, so that one that was sent twice is answered once. Two messages are the same
 * request if they have the same correlation id and the same body; a request without correlation id is like no other.
 *
 * <p>What is remembered is the message that answers the request, <em>before</em> its transaction is committed. If that fails,
 * or nobody knows, the broker delivers that message again, and it goes through; any other message of the same request is
 * the duplicate. So neither two answers nor none come of it. What cannot tell the two apart, as an idempotent repository
 * that only knows keys, would have to choose.
 *
 * <p>While Redis is away nothing is held to be a duplicate. Thread-safe.
 */
public final class Answered {
    private static final Logger LOG = LoggerFactory.getLogger(Answered.class);
    /** A Redis that is only late is waited for: not to know costs a call. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Supplier<Optional<RedissonClient>> redis;
    private final String prefix;
    private final Duration within;
    private final AtomicLong askAgain = new AtomicLong(System.nanoTime());

    /**
     * @param redis the client, empty while there is no connection
     * @param queue the request queue; its nodes know each other's answers
     * @param within for how long an answer is remembered; zero: not at all
     */
    public Answered(Supplier<Optional<RedissonClient>> redis, String queue, Duration within) {
        this.redis = redis;
        this.prefix = "sluice:{%s}:answered:".formatted(queue);
        this.within = within;
    }

    /** Fails if another message of the same request was answered. */
    void refuseOthers(JmsRequest request) throws DuplicateRequestException {
        if (concerns(request)) {
            refuse(request, ask(bucket -> bucket.getAsync(), request));
        }
    }

    /** Fails if another message of the same request was answered meanwhile; remembers this one if not. */
    void claim(JmsRequest request) throws DuplicateRequestException {
        if (concerns(request)) {
            Optional<Boolean> first = ask(bucket -> bucket.setIfAbsentAsync(request.messageId(), within), request);
            if (first.isPresent() && !first.get()) {
                refuseOthers(request);
            }
        }
    }

    /** The message is not answered after all. */
    void release(JmsRequest request) {
        if (concerns(request)) {
            ask(bucket -> bucket.compareAndSetAsync(request.messageId(), null), request);
        }
    }

    private boolean concerns(JmsRequest request) {
        return !within.isZero()
                && !request.messageId().isEmpty()
                && !request.correlationId().equals(request.messageId());
    }

    private static void refuse(JmsRequest request, Optional<String> answeredBy) throws DuplicateRequestException {
        if (answeredBy.isPresent() && !answeredBy.get().equals(request.messageId())) {
            throw new DuplicateRequestException(answeredBy.get());
        }
    }

    /** A question to Redis about a request. */
    @FunctionalInterface
    private interface Question<T> {
        RFuture<T> ask(RBucket<String> bucket);
    }

    private <T> Optional<T> ask(Question<T> question, JmsRequest request) {
        Optional<RedissonClient> client = redis.get();
        if (client.isEmpty() || System.nanoTime() - askAgain.get() < 0) {
            return Optional.empty();
        }
        RBucket<String> bucket = client.get()
                .getBucket(PlainOptions.name(prefix + key(request))
                        .codec(StringCodec.INSTANCE)
                        .timeout(PATIENCE));
        try {
            return Optional.ofNullable(
                    question.ask(bucket).toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            askAgain.set(System.nanoTime() + AWAY_NANOS);
            LOG.warn("intake=jms duplicates are not noticed for a while, Redis does not answer: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private static String key(JmsRequest request) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(request.correlationId().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(request.body());
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
