package dev.sluice.admit;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Admits calls to an upstream within its requests and tokens per minute.
 *
 * <p>A call is admitted in three steps: {@link #acquire} reserves one request and an estimate of tokens and names the
 * slot in the future at which the call may start; the caller waits {@link Permit#delay()} and asks {@link #renew} whether
 * the upstream has moved the slot meanwhile; {@link #settle} tells what the attempt came to and what it really used. Every permit is settled once; a
 * second settle of the same permit changes nothing.
 *
 * <p>Implementations are thread-safe and never block the caller.
 */
public interface Limiter extends AutoCloseable {

    /**
     * Reserves a slot.
     *
     * @return completes when the slot is known, not when it is due; completes exceptionally with
     *     {@link RequestLargerThanLimitException}, at once, if the request alone is larger than the limit. Whoever cancels it
     *     does not wait any longer and needs not settle
     */
    CompletionStage<Permit> acquire(Reservation reservation);

    /**
     * Says about how long a call would have to wait that came now, as things are on this node: for those who would be served
     * before it, and for what is reserved.
     */
    default Duration expectedWait(Reservation reservation) {
        return Duration.ZERO;
    }

    /**
     * Says how long a permit has still to wait, after some of its delay.
     *
     * @param left what is left of its delay if nothing has changed
     * @return the permit as things are now; the call may start when its delay is zero. Never completes exceptionally
     */
    default CompletionStage<Permit> renew(Permit permit, Duration left) {
        return CompletableFuture.completedFuture(permit.with(left, permit.epoch()));
    }

    /** Settles a permit; completes when the limit knows, and never exceptionally. */
    CompletionStage<Void> settle(Permit permit, Settlement settlement);

    @Override
    void close();
}
