package dev.sluice.admit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
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

    /** How long a node goes by what it heard last of the clock of the limit before it asks again. */
    static final Duration FRESH = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(RedisLimiter.class);

    private final Limit limit;
    private final RedisLink link;
    private final Consumer<RedisAwayException> missed;
    private final PermitIds ids = new PermitIds();
    private final StepQueue steps;
    private final LongSupplier clock;
    private final PaceLog log;
    private volatile Pace heard;

    RedisLimiter(Limit limit, RedisLink link) {
        this(limit, link, away -> {}, later(link), LocalLimiter.monotonicMicros());
    }

    /**
     * @param missed told once of each command that failed, before those who wait for it are
     * @param later runs a task {@value #SETTLED_WITHIN_MS} ms later
     * @param clock microseconds; only how much of it passes matters
     */
    RedisLimiter(Limit limit, RedisLink link, Consumer<RedisAwayException> missed, Executor later, LongSupplier clock) {
        this.limit = limit;
        this.link = link;
        this.missed = missed;
        this.steps = new StepQueue(this::send, later);
        this.clock = clock;
        this.log = new PaceLog(limit);
        this.heard = Pace.unknown(clock.getAsLong());
    }

    /** Runs a task {@value #SETTLED_WITHIN_MS} ms later. */
    static Executor later(RedisLink link) {
        return link.after(Duration.ofMillis(SETTLED_WITHIN_MS));
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        return acquireAll(List.of(reservation)).get(0);
    }

    /** Reserves slots for several, in this order; together, in one command. */
    List<CompletionStage<Permit>> acquireAll(List<Reservation> reservations) {
        List<Step.Acquire> asked = new ArrayList<>();
        try {
            for (Reservation reservation : reservations) {
                asked.add(new Step.Acquire(limit.tokensFor(reservation)));
            }
        } catch (RequestLargerThanLimitException | IllegalArgumentException e) {
            return Collections.nCopies(reservations.size(), CompletableFuture.failedFuture(e));
        }
        List<CompletionStage<Long>> slots = steps.now(asked);
        return IntStream.range(0, asked.size())
                .mapToObj(
                        i -> slots.get(i).thenApply(slot -> permit(asked.get(i).tokens(), slot)))
                .toList();
    }

    private Permit permit(long tokens, long slot) {
        Pace pace = heard;
        return new Permit(ids.next(), limit.key(), tokens, delay(pace, slot), slot, pace.epoch());
    }

    /** By what was heard of the clock of the limit within {@link #FRESH}; else Redis is asked. */
    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        if (clock.getAsLong() - heard.at() <= Limit.micros(FRESH)) {
            return CompletableFuture.completedFuture(asHeard(permit));
        }
        return steps.now(new Step.Look()).handle((looked, failure) -> asHeard(permit));
    }

    /** A permit by what was heard last, however long ago that is. */
    Permit asHeard(Permit permit) {
        Pace pace = heard;
        return permit.with(delay(pace, permit.slot()), pace.epoch());
    }

    /** The limit that all nodes share. */
    String key() {
        return limit.key();
    }

    /** How the clock of the limit runs, as far as is known here. */
    Pace pace() {
        return heard;
    }

    private Duration delay(Pace pace, long slot) {
        return LocalLimiter.duration(pace.until(slot, clock.getAsLong()));
    }

    /**
     * A settlement that brings news goes at once, the others with the next acquires. One that Redis does not take is lost:
     * the estimate stays.
     */
    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        long used = limit.tokensUsed(permit.tokens(), settlement);
        boolean requestUsed = settlement.outcome() != Settlement.Outcome.IGNORED;
        News news = News.of(limit, permit, settlement).unlessKnown(heard.allowed());
        Step step = new Step.Settle(permit.id(), permit.tokens(), used, requestUsed, news);
        return (news.equals(News.NONE) ? steps.soon(step) : steps.now(step)).handle((settled, failure) -> {
            if (failure != null) {
                LOG.debug("settlement lost permit={} reason=\"{}\"", permit.id(), failure.getMessage());
            }
            return null;
        });
    }

    /**
     * Asks whether Redis works again and, if so, keeps it from giving a burst, or a slot before those handed out
     * elsewhere have fired.
     *
     * @param speed what is known here of the rate, in millionths, should Redis know nothing
     */
    CompletionStage<Void> resume(Duration ahead, long speed) {
        return link.run(
                        Script.RESUME,
                        List.of(DecideCall.stateKey(limit)),
                        limit.requestsPerMinute(),
                        limit.tokensPerMinute(),
                        limit.burstRequests(),
                        limit.burstTokens(),
                        limit.adaptiveFactor(),
                        Limit.micros(ahead),
                        speed)
                .thenAccept(done -> {});
    }

    /** Fails what was not sent to Redis yet. */
    void abandon(RedisAwayException away) {
        steps.abandon(away);
    }

    /** Sends the settlements that wait; completes when Redis has taken them, at the latest after two commands. */
    CompletableFuture<Void> flush() {
        return steps.close().completeOnTimeout(null, 2 * RedisLink.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Sends the settlements that wait, and waits for Redis to take them; closes the link. */
    @Override
    public void close() {
        flush().join();
        link.close();
    }

    private CompletionStage<List<Long>> send(List<Step> batch) {
        DecideCall call = DecideCall.of(limit, batch, DecideCall.NOW);
        return link.run(Script.DECIDE, call.keys(), call.arguments().toArray())
                .whenComplete((answer, failure) -> {
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    if (cause instanceof RedisAwayException away) {
                        missed.accept(away);
                    }
                })
                .thenApply(this::heard);
    }

    private List<Long> heard(List<Long> answer) {
        Pace pace = DecideCall.pace(answer, clock.getAsLong());
        heard = pace;
        log.heard(pace);
        return DecideCall.answers(answer);
    }
}
