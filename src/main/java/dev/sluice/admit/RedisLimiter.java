package dev.sluice.admit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limiter that all nodes with the same limit key share: decisions are made by a script in Redis, by the clock of
 * Redis.
 *
 * <p>One command is under way at a time. An acquire goes out at once, or with the next command; a settlement goes with
 * the next acquires, at the latest {@value #SETTLED_WITHIN_MS} ms later: see {@link StepQueue}.
 *
 * <p>Fails with {@link RedisAwayException} when Redis does not answer in time. Then the reservation may have been made
 * or not; it is not asked for again, and not given back: a lost slot is better than one too many.
 */
final class RedisLimiter implements Limiter {
    /** How long a settlement waits for acquires that take it along. */
    static final long SETTLED_WITHIN_MS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(RedisLimiter.class);

    private final Limit limit;
    private final RedisLink link;
    private final Consumer<RedisAwayException> missed;
    private final PermitIds ids = new PermitIds();
    private final StepQueue steps;

    RedisLimiter(Limit limit, RedisLink link) {
        this(limit, link, away -> {}, later(link));
    }

    /**
     * @param missed told once of each command that failed, before those who wait for it are
     * @param later runs a task {@value #SETTLED_WITHIN_MS} ms later
     */
    RedisLimiter(Limit limit, RedisLink link, Consumer<RedisAwayException> missed, Executor later) {
        this.limit = limit;
        this.link = link;
        this.missed = missed;
        this.steps = new StepQueue(this::send, later);
    }

    /** Runs a task {@value #SETTLED_WITHIN_MS} ms later. */
    static Executor later(RedisLink link) {
        return link.after(Duration.ofMillis(SETTLED_WITHIN_MS));
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        long tokens;
        try {
            tokens = limit.tokensFor(reservation);
        } catch (RequestLargerThanLimitException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        return steps.now(new Step.Acquire(tokens))
                .thenApply(micros -> new Permit(ids.next(), limit.key(), tokens, LocalLimiter.duration(micros)));
    }

    /** A settlement that Redis does not take is lost: the estimate stays. */
    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        long used = limit.tokensUsed(permit.tokens(), settlement);
        boolean requestUsed = settlement.outcome() != Settlement.Outcome.IGNORED;
        return steps.soon(new Step.Settle(permit.id(), permit.tokens(), used, requestUsed))
                .handle((settled, failure) -> {
                    if (failure != null) {
                        LOG.debug("settlement lost permit={} reason=\"{}\"", permit.id(), failure.getMessage());
                    }
                    return null;
                });
    }

    /**
     * Asks whether Redis works again and, if so, keeps it from giving a burst, or a slot before those handed out
     * elsewhere have fired.
     */
    CompletionStage<Void> resume(Duration ahead) {
        return link.run(
                        Script.RESUME,
                        List.of(DecideCall.stateKey(limit)),
                        limit.requestsPerMinute(),
                        limit.tokensPerMinute(),
                        limit.burstRequests(),
                        limit.burstTokens(),
                        Limit.micros(ahead))
                .thenAccept(done -> {});
    }

    /** Fails what was not sent to Redis yet. */
    void abandon(RedisAwayException away) {
        steps.abandon(away);
    }

    /** Sends the settlements that wait, and waits for Redis to take them, at most for two commands; closes the link. */
    @Override
    public void close() {
        steps.close()
                .completeOnTimeout(null, 2 * RedisLink.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        link.close();
    }

    private CompletionStage<List<Long>> send(List<Step> batch) {
        DecideCall call = DecideCall.of(limit, batch, DecideCall.NOW);
        return link.run(Script.DECIDE, call.keys(), call.arguments().toArray()).whenComplete((answers, failure) -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof RedisAwayException away) {
                missed.accept(away);
            }
        });
    }
}
