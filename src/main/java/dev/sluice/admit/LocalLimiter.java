package dev.sluice.admit;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * A limiter within this JVM: for a single node without Redis, and for the time while Redis is away.
 *
 * <p>What is larger than the limit is refused by the limit itself; what is admitted is paced at a share of it.
 */
public final class LocalLimiter implements PacedLimiter {
    private final Limit limit;
    private final LongSupplier clock;
    private final PermitIds ids = new PermitIds();
    private final Set<String> outstanding = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private PaceLog log;
    private double share;
    private Limit pace;
    private Gcra state;

    public LocalLimiter(Limit limit) {
        this(limit, 1.0, monotonicMicros());
    }

    /**
     * @param share of the limit's rates, more than 0, at most 1
     * @param clock microseconds, from 0 or later
     */
    LocalLimiter(Limit limit, double share, LongSupplier clock) {
        this.limit = limit;
        this.share = share;
        this.pace = limit.times(share);
        this.clock = clock;
        this.log = new PaceLog(pace);
        this.state = Gcra.fresh(clock.getAsLong());
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        try {
            Permit permit = take(limit.tokensFor(reservation));
            outstanding.add(permit.id());
            return CompletableFuture.completedFuture(permit);
        } catch (RequestLargerThanLimitException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        synchronized (lock) {
            Pace known = state.pace(pace);
            Duration delay = duration(known.until(permit.slot(), clock.getAsLong()));
            return CompletableFuture.completedFuture(permit.with(delay, known.epoch()));
        }
    }

    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        if (outstanding.remove(permit.id())) {
            boolean requestUsed = settlement.outcome() != Settlement.Outcome.IGNORED;
            long used = limit.tokensUsed(permit.tokens(), settlement);
            synchronized (lock) {
                long now = clock.getAsLong();
                state = state.settle(pace, now, permit.tokens(), used, requestUsed)
                        .told(pace, now, permit.tokens(), News.of(limit, permit, settlement));
                log.heard(state.pace(pace));
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}

    /** Whether the permit was taken here. */
    boolean gave(Permit permit) {
        return ids.gave(permit);
    }

    /** How far in the future the slot lies that was handed out last. */
    Duration ahead() {
        synchronized (lock) {
            return duration(state.pace(pace).until(state.slot(), clock.getAsLong()));
        }
    }

    /** Hands out no burst, and no slot within this time: slots that were handed out elsewhere fire in it. */
    void spentFor(Duration ahead) {
        synchronized (lock) {
            state = state.spentFor(pace, clock.getAsLong(), Limit.micros(ahead));
        }
    }

    /** Takes another share of the limit's rates from now on: more than 0, at most 1. */
    void takes(double newShare) {
        synchronized (lock) {
            if (newShare != share) {
                share = newShare;
                pace = limit.times(newShare);
                log = new PaceLog(pace);
            }
        }
    }

    /** The share of the limit's rates that it takes. */
    double share() {
        synchronized (lock) {
            return share;
        }
    }

    /** Goes on at the rate that was found elsewhere, and at what the upstream's headers allowed there. */
    void knows(Pace shared) {
        Allowed allowed = shared.allowed();
        synchronized (lock) {
            state = state.hinted(pace, clock.getAsLong(), allowed.requests(), allowed.tokens(), 0)
                    .with(Rate.known(shared.speed(), pace.adaptiveFactor()));
        }
    }

    @Override
    public Pace pace() {
        synchronized (lock) {
            return state.pace(pace);
        }
    }

    private Permit take(long tokens) {
        synchronized (lock) {
            Gcra.Taken taken = state.acquire(pace, clock.getAsLong(), tokens);
            state = taken.state();
            return new Permit(ids.next(), limit.key(), tokens, duration(taken.delay()), taken.slot(), state.epoch());
        }
    }

    /** A clock for one JVM that no change of the wall clock moves. */
    static LongSupplier monotonicMicros() {
        long start = System.nanoTime();
        return () -> (System.nanoTime() - start) / 1_000;
    }

    static Duration duration(long micros) {
        return Duration.ofNanos(Math.multiplyExact(micros, 1_000L));
    }
}
