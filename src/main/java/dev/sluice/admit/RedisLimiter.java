package dev.sluice.admit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limiter that all nodes with the same limit key share: one decision is one script in Redis, by the clock of Redis.
 *
 * <p>Fails with {@link RedisAwayException} when Redis does not answer in time. Then the reservation may have been made
 * or not; it is not asked for again, and not given back: a lost slot is better than one too many.
 */
final class RedisLimiter implements Limiter {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLimiter.class);

    private final Limit limit;
    private final RedisLink link;
    private final PermitIds ids = new PermitIds();
    private final String state;

    RedisLimiter(Limit limit, RedisLink link) {
        this.limit = limit;
        this.link = link;
        this.state = "sluice:{" + limit.key() + "}:limit";
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        long tokens;
        try {
            tokens = limit.tokensFor(reservation);
        } catch (RequestLargerThanLimitException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        return link.run(
                        Script.ACQUIRE,
                        List.of(state),
                        limit.requestsPerMinute(),
                        limit.tokensPerMinute(),
                        limit.burstRequests(),
                        limit.burstTokens(),
                        tokens)
                .thenApply(micros -> new Permit(ids.next(), limit.key(), tokens, LocalLimiter.duration(micros)));
    }

    /** A settlement that Redis does not take is lost: the estimate stays. */
    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        return link.run(
                        Script.SETTLE,
                        List.of(state, "sluice:{" + limit.key() + "}:settled:" + permit.id()),
                        limit.requestsPerMinute(),
                        limit.tokensPerMinute(),
                        permit.tokens(),
                        limit.tokensUsed(permit.tokens(), settlement),
                        settlement.outcome() == Settlement.Outcome.IGNORED ? 1 : 0)
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
                        List.of(state),
                        limit.requestsPerMinute(),
                        limit.tokensPerMinute(),
                        limit.burstRequests(),
                        limit.burstTokens(),
                        Limit.micros(ahead))
                .thenAccept(done -> {});
    }

    @Override
    public void close() {
        link.close();
    }
}
