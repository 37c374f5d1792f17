package dev.sluice.front;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** Shared by all nodes of one Redis: {@code sluice:once:NAME} holds JSON. */
final class OnceInRedis implements Once {
    private static final String PREFIX = "sluice:once:";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Supplier<Optional<RedissonClient>> client;
    private final Duration retention;

    /**
     * @param client empty while Redis was never reached
     * @param retention how long an answer is kept
     */
    OnceInRedis(Supplier<Optional<RedissonClient>> client, Duration retention) {
        this.client = client;
        this.retention = retention;
    }

    @Override
    public CompletionStage<Optional<Known>> claim(String name, String bodyHash) {
        return with(name, bucket -> bucket.setIfAbsentAsync(json(new Known(bodyHash, null)), LEASE)
                .thenCompose(mine -> mine
                        ? CompletableFuture.completedFuture(Optional.<Known>empty())
                        : bucket.getAsync()
                                .thenCompose(found -> found == null
                                        ? claim(name, bodyHash) // it has just been given back
                                        : CompletableFuture.completedFuture(Optional.of(known(found))))));
    }

    @Override
    public void renew(String name, String bodyHash) {
        with(name, bucket -> bucket.expireAsync(LEASE));
    }

    @Override
    public CompletionStage<Void> keep(String name, Known done) {
        return with(name, bucket -> bucket.setAsync(json(done), retention));
    }

    @Override
    public CompletionStage<Void> release(String name) {
        return with(name, bucket -> bucket.deleteAsync().thenApply(deleted -> (Void) null));
    }

    /** A command to Redis. */
    private interface Command<T> {
        CompletionStage<T> on(RBucket<String> bucket);
    }

    private <T> CompletionStage<T> with(String name, Command<T> command) {
        try {
            return client.get()
                    .map(redis -> command.on(redis.getBucket(PREFIX + name, StringCodec.INSTANCE)))
                    .orElseGet(() -> CompletableFuture.failedFuture(new IllegalStateException("no Redis")));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static String json(Known known) {
        ObjectNode json = JSON.createObjectNode().put("body", known.bodyHash());
        return (known.answer() == null ? json : json.put("answer", known.answer())).toString();
    }

    private static Known known(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            return new Known(
                    json.path("body").asText(),
                    json.has("answer") ? json.get("answer").asText() : null);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what Redis holds under an idempotency key is not of Sluice", e);
        }
    }
}
