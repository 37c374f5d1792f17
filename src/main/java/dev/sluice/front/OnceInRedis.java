package dev.sluice.front;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sluice.call.AnswerJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.redisson.api.RBucket;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.PlainOptions;
import org.redisson.client.codec.StringCodec;

/** Shared by all nodes of one Redis: {@code sluice:once:NAME} holds JSON. */
final class OnceInRedis implements Once {
    private static final String PREFIX = "sluice:once:";
    /** A Redis that is only late is waited for: not to know costs a call. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String RENEW = script("/lua/renew.lua");

    private final Supplier<Optional<RedissonClient>> client;
    private final Duration retention;
    private final Executor executor;

    /**
     * @param client empty while Redis was never reached
     * @param retention how long an answer is kept
     * @param executor where whatever follows an answer of Redis runs, which may block
     */
    OnceInRedis(Supplier<Optional<RedissonClient>> client, Duration retention, Executor executor) {
        this.client = client;
        this.retention = retention;
        this.executor = executor;
    }

    @Override
    public CompletionStage<Optional<Known>> claim(Claim claim) {
        return with(redis -> claimed(bucket(redis, claim), claim));
    }

    private static CompletionStage<Optional<Known>> claimed(RBucket<String> bucket, Claim claim) {
        String ours = json(claim);
        return bucket.setIfAbsentAsync(ours, LEASE)
                .thenCompose(set -> set ? CompletableFuture.completedFuture(ours) : bucket.getAsync())
                .thenCompose(found -> found == null
                        ? claimed(bucket, claim) // it has just been given back
                        : CompletableFuture.completedFuture(
                                found.equals(ours) ? Optional.<Known>empty() : Optional.of(known(found))));
    }

    @Override
    public CompletionStage<Void> renew(Claim claim) {
        return with(redis -> redis.getScript(StringCodec.INSTANCE)
                .<Long>evalAsync(
                        RScript.Mode.READ_WRITE,
                        RENEW,
                        RScript.ReturnType.INTEGER,
                        List.of(key(claim)),
                        json(claim),
                        LEASE.toMillis())
                .thenApply(renewed -> (Void) null));
    }

    @Override
    public CompletionStage<Void> keep(Claim claim, String answer) {
        return with(redis -> bucket(redis, claim)
                .setAsync(
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("body", claim.bodyHash())
                                .put("answer", answer)
                                .toString(),
                        retention));
    }

    @Override
    public CompletionStage<Void> release(Claim claim) {
        return with(redis ->
                bucket(redis, claim).compareAndSetAsync(json(claim), null).thenApply(deleted -> (Void) null));
    }

    /** A command to Redis. */
    private interface Command<T> {
        CompletionStage<T> on(RedissonClient redis);
    }

    /** Redisson's own threads must not be held up by what follows. */
    private <T> CompletionStage<T> with(Command<T> command) {
        try {
            return client.get()
                    .map(command::on)
                    .orElseGet(() -> CompletableFuture.failedFuture(new IllegalStateException("no Redis")))
                    .whenCompleteAsync((answer, failure) -> {}, executor);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static RBucket<String> bucket(RedissonClient redis, Claim claim) {
        return redis.getBucket(
                PlainOptions.name(key(claim)).codec(StringCodec.INSTANCE).timeout(PATIENCE));
    }

    private static String key(Claim claim) {
        return PREFIX + claim.name();
    }

    private static String json(Claim claim) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("body", claim.bodyHash())
                .put("holder", claim.holder())
                .toString();
    }

    private static Known known(String text) {
        try {
            JsonNode json = AnswerJson.parse(text);
            return new Known(
                    json.path("body").asText(),
                    json.has("answer") ? json.get("answer").asText() : null);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what Redis holds under an idempotency key is not of Sluice", e);
        }
    }

    private static String script(String path) {
        try (InputStream in = Objects.requireNonNull(OnceInRedis.class.getResourceAsStream(path), path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
