package dev.sluice.admit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shared limiter, and while Redis is away a local one at this node's part of 0.8 of the last shared rates, or none
 * ({@link WithoutRedis}).
 *
 * <p>The mode changes when Redis refuses or cannot be reached, or answers two commands in a row not within 250 ms each;
 * then no call asks Redis, which is tried once a second. A single late answer, as a busy machine gives, does not change
 * it: only the calls that waited for that answer are admitted locally.
 *
 * <p>Neither gives a burst: the local limiter goes on after the last slot that this node got from Redis, not before the end
 * of a cool-down, and at what the upstream's headers allow; after a change Redis goes on after the last slot that this node
 * gave itself. Both begin with empty buckets.
 *
 * <p>A permit is settled where it was taken. Thread-safe.
 */
public final class FallbackLimiter implements PacedLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackLimiter.class);
    private static final double LOCAL_SHARE = 0.8;
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

    /** What becomes of those who ask while Redis is away. */
    public enum WithoutRedis {
        /** This node admits them by itself. */
        LOCAL,
        /** They wait until Redis is back. */
        WAIT
    }

    /** Who decides. */
    public enum Mode {
        /** All nodes together. */
        REDIS,
        /** This node alone, or nobody: degraded. */
        LOCAL
    }

    private final RedisLimiter redis;
    private final LocalLimiter local;
    private final LongSupplier clock;
    private final Executor aSecondLater;
    private final WithoutRedis without;
    private final LongSupplier nodes;
    private final AtomicLong lastRedisSlot = new AtomicLong();
    private CompletableFuture<Void> back = CompletableFuture.completedFuture(null);
    private volatile Mode mode = Mode.REDIS;
    private @Nullable CompletableFuture<Void> turning;
    private volatile boolean closed;

    /** Closing the limiter closes the link. */
    public FallbackLimiter(Limit limit, RedisLink link) {
        this(limit, link, WithoutRedis.LOCAL, () -> 1);
    }

    /** @param nodes how many nodes share the limit, as far as is known here: while Redis is away, each takes its part */
    public FallbackLimiter(Limit limit, RedisLink link, WithoutRedis without, LongSupplier nodes) {
        this(
                limit,
                link,
                without,
                nodes,
                LocalLimiter.monotonicMicros(),
                CompletableFuture.delayedExecutor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
    }

    FallbackLimiter(Limit limit, RedisLink link, LongSupplier clock, Executor aSecondLater) {
        this(limit, link, WithoutRedis.LOCAL, () -> 1, clock, aSecondLater);
    }

    FallbackLimiter(
            Limit limit,
            RedisLink link,
            WithoutRedis without,
            LongSupplier nodes,
            LongSupplier clock,
            Executor aSecondLater) {
        this.without = without;
        this.nodes = nodes;
        this.local = new LocalLimiter(limit, LOCAL_SHARE, clock);
        this.clock = clock;
        this.aSecondLater = aSecondLater;
        this.redis = new RedisLimiter(limit, link, this::missed, RedisLimiter.later(link), clock);
    }

    public Mode mode() {
        return mode;
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        return mode == Mode.LOCAL ? alone(reservation) : orLocally(redis.acquire(reservation), reservation);
    }

    /** While Redis is away; while it takes over it is waited for, so that no slot is given that it does not know of. */
    private CompletionStage<Permit> alone(Reservation reservation) {
        CompletableFuture<Void> over;
        synchronized (this) {
            over = without == WithoutRedis.WAIT ? back : turning;
            if (over == null) {
                return local.acquire(reservation);
            }
        }
        return over.thenCompose(turned -> acquire(reservation));
    }

    @Override
    public List<CompletionStage<Permit>> acquireAll(List<Reservation> reservations) {
        if (mode == Mode.LOCAL) {
            return PacedLimiter.super.acquireAll(reservations);
        }
        List<CompletionStage<Permit>> asked = redis.acquireAll(reservations);
        return IntStream.range(0, asked.size())
                .mapToObj(i -> orLocally(asked.get(i), reservations.get(i)))
                .toList();
    }

    private CompletionStage<Permit> orLocally(CompletionStage<Permit> asked, Reservation reservation) {
        return asked.thenApply(this::counted).exceptionallyCompose(failure -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            boolean wouldWaitForever = closed && without == WithoutRedis.WAIT; // nobody looks for Redis any more
            if (cause instanceof RedisAwayException && !wouldWaitForever) {
                return without == WithoutRedis.WAIT ? acquire(reservation) : local.acquire(reservation);
            }
            return CompletableFuture.failedFuture(cause);
        });
    }

    /** While Redis is away its permits are due by what was heard last of its clock. */
    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        if (local.gave(permit)) {
            return local.renew(permit, left);
        }
        return mode == Mode.LOCAL
                ? CompletableFuture.completedFuture(redis.asHeard(permit))
                : redis.renew(permit, left);
    }

    @Override
    public Pace pace() {
        return mode == Mode.LOCAL ? local.pace() : redis.pace();
    }

    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        return local.gave(permit) ? local.settle(permit, settlement) : redis.settle(permit, settlement);
    }

    /** Leaves the link alone from now on. */
    @Override
    public CompletableFuture<Void> finish() {
        closed = true;
        return redis.flush();
    }

    @Override
    public void close() {
        closed = true;
        redis.close();
    }

    private Permit counted(Permit permit) {
        long slot = clock.getAsLong() + Limit.micros(permit.delay());
        lastRedisSlot.accumulateAndGet(slot, Math::max);
        return permit;
    }

    /** Redis did not take a command; those who wait for it are about to ask the local limiter. */
    private void missed(RedisAwayException away) {
        if (mode == Mode.LOCAL) {
            return; // a settlement of an earlier permit
        }
        Pace shared = redis.pace();
        long ahead = Math.max(0, Math.max(lastRedisSlot.get(), shared.quiet()) - clock.getAsLong());
        local.takes(LOCAL_SHARE / Math.max(1, nodes.getAsLong()));
        local.knows(shared); // before what is ahead is spent, at this speed
        local.spentFor(LocalLimiter.duration(ahead));
        if (away.once()) {
            LOG.debug("limiter one late answer reason=\"{}\"", away.getMessage());
        } else if (turnLocal(away)) {
            redis.abandon(away);
        }
    }

    private synchronized boolean turnLocal(RedisAwayException away) {
        if (mode == Mode.LOCAL || closed) {
            return false;
        }
        mode = Mode.LOCAL;
        back = new CompletableFuture<>();
        if (without == WithoutRedis.WAIT) {
            LOG.warn("limiter mode=wait reason=\"{}\" limit={}", away.getMessage(), redis.key());
        } else {
            LOG.warn(
                    "limiter mode=local reason=\"{}\" share={} limit={}",
                    away.getMessage(),
                    local.share(),
                    redis.key());
        }
        aSecondLater.execute(this::probe);
        return true;
    }

    /** Asks whether Redis answers; if so, it takes over after the last slot that was given here until then. */
    private void probe() {
        if (closed) {
            return;
        }
        redis.resume(local.ahead(), local.pace().speed()).whenComplete((done, failure) -> {
            if (failure == null) {
                takeOver();
            } else {
                aSecondLater.execute(this::probe);
            }
        });
    }

    private void takeOver() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        Duration ahead;
        synchronized (this) {
            turning = over;
            ahead = local.ahead();
        }
        redis.resume(ahead, local.pace().speed()).whenComplete((done, failure) -> {
            CompletableFuture<Void> waiting = turned(failure == null);
            over.complete(null);
            waiting.complete(null);
            if (failure != null) {
                aSecondLater.execute(this::probe);
            }
        });
    }

    /** What those wait for who wait until Redis is back; nobody waits for anything if it is not. */
    private synchronized CompletableFuture<Void> turned(boolean toRedis) {
        turning = null;
        if (!toRedis) {
            return new CompletableFuture<>();
        }
        mode = Mode.REDIS;
        LOG.info("limiter mode=redis limit={}", redis.key());
        return back;
    }
}
