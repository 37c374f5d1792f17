package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.admit.RedisLink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.redisson.api.RBucket;
import org.redisson.client.codec.StringCodec;

/** Answers that are kept in a real Redis. */
class OnceInRedisTest extends OnceContract {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration RETENTION = Duration.ofHours(1);

    private static EmbeddedRedis server;
    private static RedisLink link;

    private final Once once = new OnceInRedis(link::client, RETENTION, Runnable::run);

    @BeforeAll
    static void start() {
        server = EmbeddedRedis.start(Path.of("target/redis"), reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
        link = RedisLink.open(server.url());
        await().atMost(LONG).until(() -> link.client().isPresent());
    }

    @AfterAll
    static void stop() {
        link.close();
        server.close();
    }

    @Override
    Once once() {
        return once;
    }

    @Test
    void aClaimIsRenewedForAsLongAsItsHolderWorks() throws Exception {
        claimed(first);
        bucket().expire(Duration.ofSeconds(10));

        done(once.renew(second));
        assertThat(bucket().remainTimeToLive()).isLessThanOrEqualTo(10_000);
        done(once.renew(first));
        assertThat(bucket().remainTimeToLive()).isBetween(11_000L, Once.LEASE.toMillis());
    }

    @Test
    void aLateRenewalDoesNotShortenTheLifeOfAnAnswer() throws Exception {
        claimed(first);
        done(once.keep(first, "the answer"));

        done(once.renew(first));

        assertThat(bucket().remainTimeToLive()).isGreaterThan(RETENTION.toMillis() / 2);
    }

    /** Redisson sends a command again whose answer got lost. */
    @Test
    void whoAsksAgainForItsOwnNameHasIt() throws Exception {
        claimed(first);

        assertThat(claimed(first)).isEmpty();
    }

    @Test
    void whatFollowsRunsWhereItMayBlock() throws Exception {
        LinkedBlockingQueue<Runnable> executor = new LinkedBlockingQueue<>();
        CompletableFuture<Optional<Once.Known>> claim = new OnceInRedis(link::client, RETENTION, executor::add)
                .claim(first)
                .toCompletableFuture();

        await().atMost(LONG).until(() -> !executor.isEmpty());
        assertThat(claim).isNotDone();
        executor.remove().run();
        assertThat(claim).isDone();
    }

    private RBucket<String> bucket() {
        return link.client().orElseThrow().getBucket("sluice:once:" + first.name(), StringCodec.INSTANCE);
    }
}
