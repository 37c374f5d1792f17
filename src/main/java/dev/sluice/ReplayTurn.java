package dev.sluice;

import dev.sluice.admit.RedisLink;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RLock;
import org.redisson.api.options.CommonOptions;
import org.redisson.client.RedisException;

/**
 * Whose turn it is to replay, among the nodes that share a Redis: one at a time, whatever it replays. The locks of files, and
 * the transactions of queues, keep two apart that see each other; file systems of several machines do not always. The turn
 * of a node that dies is over half a minute later. Used by one thread.
 */
final class ReplayTurn implements AutoCloseable {
    private static final String KEY = "sluice:replay";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final @Nullable RedisLink link;
    private final @Nullable RLock lock;

    private ReplayTurn(@Nullable RedisLink link, @Nullable RLock lock) {
        this.link = link;
        this.lock = lock;
    }

    /**
     * Takes it, without waiting.
     *
     * @param redis {@code redis.url}; empty: there are no other nodes to be told
     * @throws IOException if it is another node's, or nobody can tell
     */
    static ReplayTurn take(String redis) throws IOException {
        if (redis.isEmpty()) {
            return new ReplayTurn(null, null);
        }
        RedisLink link = RedisLink.open(redis);
        try {
            RLock lock = link.client(PATIENCE)
                    .orElseThrow(
                            () -> new IOException(
                                    "redis.url cannot be reached, so whether another node replays cannot be told; try again when it can"))
                    .getLock(CommonOptions.name(KEY).timeout(PATIENCE));
            if (!answered(lock::tryLock)) {
                throw new IOException("another node replays just now; try again when it is done");
            }
            return new ReplayTurn(link, lock);
        } catch (IOException e) {
            link.close();
            throw e;
        }
    }

    @Override
    public void close() {
        if (link != null && lock != null) {
            try (RedisLink closing = link) {
                answered(() -> {
                    lock.unlock();
                    return true;
                });
            } catch (IOException | IllegalMonitorStateException e) {
                // Redis is away or was restarted: the turn ends by itself
            }
        }
    }

    private static boolean answered(Supplier<Boolean> question) throws IOException {
        try {
            return question.get();
        } catch (RedisException e) {
            throw new IOException("Redis did not answer (%s); try again".formatted(e.getMessage()), e);
        }
    }
}
