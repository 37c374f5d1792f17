package dev.sluice.call;

import dev.sluice.admit.RedisLink;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turns of the nodes that share a Redis, at asking an upstream that is down: a key in Redis that expires. While Redis is
 * away each node asks for itself.
 */
public final class RedisTurns implements Outage.Turns {
    private static final Logger LOG = LoggerFactory.getLogger(RedisTurns.class);
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final RedisLink link;
    private final String key;
    private final String me = UUID.randomUUID().toString();

    /** @param upstream its address: nodes with the same take turns */
    public RedisTurns(RedisLink link, String upstream) {
        this.link = link;
        this.key = "sluice:{" + upstream + "}:turn";
    }

    @Override
    public boolean take(Duration howLong) {
        try {
            RedissonClient client = link.client().orElse(null);
            return client == null || take(client.getBucket(key, StringCodec.INSTANCE), howLong);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.debug("no turn is taken: {}", e.toString());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private boolean take(RBucket<String> turn, Duration howLong)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (Boolean.TRUE.equals(turn.setIfAbsentAsync(me, howLong)
                .toCompletableFuture()
                .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))) {
            return true;
        }
        return me.equals(turn.getAsync().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void giveBack() {
        link.client()
                .ifPresent(client -> client.getBucket(key, StringCodec.INSTANCE).deleteAsync());
    }
}
