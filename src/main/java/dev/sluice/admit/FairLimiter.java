package dev.sluice.admit;

import dev.sluice.admit.FairQueue.Place;
import dev.sluice.intake.Sender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A limit that tenants share: who asks for a permit waits here, in a {@link FairQueue}, and only for those whose turn is
 * near a slot is reserved. A slot once reserved is kept; so an urgent message waits for those reserved ahead of it, and
 * they must be few.
 *
 * <p>The next slots are reserved when the last one is {@link #AHEAD} or less away, in one round trip as many as go in
 * {@link #TOGETHER} as things are, at least one. That is early enough to lose nothing to a round trip, or to a machine that
 * is busy for a moment; and as every node does the same, nodes who have calls waiting take turns and get equal parts.
 * With n nodes at most {@code AHEAD + n * TOGETHER} are reserved ahead, or one slot each where slots are rarer.
 *
 * <p>Also holds the calls in flight: a slot is only reserved for a call that has a place. Thread-safe; never blocks.
 */
final class FairLimiter implements Limiter {
    /** How far ahead the last slot of this node is when it reserves the next. */
    static final Duration AHEAD = Duration.ofMillis(200);

    /** How many slots are reserved at once: what the limit gives in this time. */
    static final Duration TOGETHER = Duration.ofMillis(50);

    private static final Settlement NOT_CALLED = Settlement.of(Settlement.Outcome.IGNORED);

    private final Limit limit;
    private final PacedLimiter limiter;
    private final Places places;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanos;
    private final Runnable lease = this::lease;
    private final Set<String> outstanding = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private final FairQueue<Waiting> queue;
    private boolean leasing;
    private boolean asleep;
    private @Nullable Permit last;
    private long lastDue;

    private record Waiting(Reservation reservation, long tokens, CompletableFuture<Permit> answer) {}

    /**
     * @param limiter of the same limit; closed with this one
     * @param weights of the tenants
     * @param nanos the clock that delays are measured with
     */
    FairLimiter(
            Limit limit,
            PacedLimiter limiter,
            ToDoubleFunction<String> weights,
            Places places,
            ScheduledExecutorService timer,
            LongSupplier nanos) {
        this.limit = limit;
        this.limiter = limiter;
        this.queue = new FairQueue<>(weights);
        this.places = places;
        this.timer = timer;
        this.nanos = nanos;
    }

    @Override
    public CompletableFuture<Permit> acquire(Reservation reservation) {
        long tokens;
        try {
            tokens = limit.tokensFor(reservation);
        } catch (RequestLargerThanLimitException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
        Waiting waiting = new Waiting(reservation, tokens, new CompletableFuture<>());
        long cost = Math.max(limit.requestMicros(), limit.tokenMicros(tokens));
        Place<Waiting> place;
        synchronized (lock) {
            place = queue.add(
                    reservation.sender().tenant(), reservation.sender().priority(), cost, waiting);
        }
        waiting.answer.whenComplete((permit, failure) -> {
            if (waiting.answer.isCancelled()) {
                synchronized (lock) {
                    queue.remove(place);
                }
            }
        });
        lease();
        return waiting.answer;
    }

    /** If this node has the limit for itself; when others want as much as it gives, longer. */
    @Override
    public Duration expectedWait(Reservation reservation) {
        Sender sender = reservation.sender();
        synchronized (lock) {
            if (queue.isEmpty()) {
                return Duration.ZERO;
            }
            long reserved = last == null ? 0 : Math.max(0, lastDue - nanos.getAsLong());
            long before = queue.before(sender.tenant(), sender.priority());
            return Duration.ofNanos(reserved)
                    .plus(LocalLimiter.duration(
                            Pace.lasts(before, limiter.pace().speed())));
        }
    }

    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        return limiter.renew(permit, left);
    }

    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        try {
            return limiter.settle(permit, settlement);
        } finally { // a settlement that is not understood must not cost a place
            if (outstanding.remove(permit.id())) {
                places.giveBack(settlement);
                lease();
            }
        }
    }

    @Override
    public void close() {
        limiter.close();
    }

    /** Sends what is to be settled; completes when that is done. */
    CompletableFuture<Void> finish() {
        return limiter.finish();
    }

    /** Whether nobody waits, and nobody calls. */
    boolean idle() {
        synchronized (lock) {
            return queue.isEmpty() && outstanding.isEmpty() && !leasing;
        }
    }

    /** Reserves slots for those whose turn it is, if it is time to. */
    private void lease() {
        for (List<Waiting> next = next(); !next.isEmpty(); next = next()) {
            CompletableFuture<Void> all = handOut(next);
            if (!all.isDone()) {
                all.whenComplete((done, failure) -> {
                    leased();
                    lease();
                });
                return;
            }
            leased();
        }
    }

    private void leased() {
        synchronized (lock) {
            leasing = false;
        }
    }

    /** Those to reserve slots for now; none if there are slots enough, or if some are being reserved. */
    private List<Waiting> next() {
        List<Waiting> next = new ArrayList<>();
        synchronized (lock) {
            if (leasing || queue.isEmpty()) {
                return next;
            }
            long early = last == null ? 0 : lastDue - nanos.getAsLong() - AHEAD.toNanos();
            if (early > 0) {
                sleep(early);
                return next;
            }
            long most = Allowed.share(Limit.micros(TOGETHER), limiter.pace().speed());
            Allowed allowed = limiter.pace().allowed();
            long requests = 0;
            long tokens = 0;
            while (next.size() < StepQueue.MOST
                    && Math.max(requests, tokens) < most
                    && !queue.isEmpty()
                    && places.take(lease)) {
                Waiting waiting = queue.take();
                next.add(waiting);
                requests += allowed.requestCost(limit.requestMicros());
                tokens += allowed.tokenCost(limit.tokenMicros(waiting.tokens));
            }
            leasing = !next.isEmpty();
        }
        return next;
    }

    /** Looks again when the last slot may be near enough; called under the lock. */
    private void sleep(long early) {
        if (!asleep) {
            asleep = true;
            timer.schedule(this::wake, Legs.of(early), TimeUnit.NANOSECONDS);
        }
    }

    private void wake() {
        Permit known;
        long left;
        synchronized (lock) {
            asleep = false;
            known = last;
            left = lastDue - nanos.getAsLong();
        }
        if (known != null) {
            limiter.renew(known, Duration.ofNanos(Math.max(0, left))).thenAccept(renewed -> {
                due(renewed, known);
                lease();
            });
        }
    }

    private CompletableFuture<Void> handOut(List<Waiting> next) {
        List<CompletionStage<Permit>> permits =
                limiter.acquireAll(next.stream().map(Waiting::reservation).toList());
        CompletableFuture<?>[] handed = new CompletableFuture<?>[next.size()];
        for (int i = 0; i < handed.length; i++) {
            Waiting waiting = next.get(i);
            handed[i] = permits.get(i)
                    .handle((permit, failure) -> {
                        hand(waiting, permit, failure);
                        return waiting;
                    })
                    .toCompletableFuture();
        }
        return CompletableFuture.allOf(handed);
    }

    private void hand(Waiting waiting, @Nullable Permit permit, @Nullable Throwable failure) {
        if (permit == null) {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            waiting.answer.completeExceptionally(cause == null ? new IllegalStateException("no permit") : cause);
            places.giveBack(NOT_CALLED);
            return;
        }
        due(permit, null);
        outstanding.add(permit.id());
        if (!waiting.answer.complete(permit)) { // it was cancelled meanwhile
            settle(permit, NOT_CALLED);
        }
    }

    /** A permit is due after its delay. @param before what was known of the same permit, if anything */
    private void due(Permit permit, @Nullable Permit before) {
        synchronized (lock) {
            long due = nanos.getAsLong() + permit.delay().toNanos();
            if (last == null || (before == null ? due - lastDue >= 0 : last == before)) {
                last = permit;
                lastDue = due;
            }
        }
    }
}
