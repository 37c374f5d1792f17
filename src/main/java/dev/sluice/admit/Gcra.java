package dev.sluice.admit;

/**
 * The rule of the limiter, without clocks, locks or Redis: a generic cell rate algorithm (GCRA, ITU-T I.371) over
 * requests and tokens at once, which reserves ahead, on a clock that runs as fast as the upstream allows.
 *
 * <p>The <em>clock</em> of a limit pays for the configured rate. While the upstream allows half of it, it runs at half
 * speed, and during a cool-down it stands still. So whatever was reserved moves along when the rate does, in its order,
 * and nothing needs to be taken back or asked for again: a slot is a moment of this clock.
 *
 * <p>Each rate has a <em>theoretical arrival time</em> (TAT) on that clock, at which everything reserved so far will have
 * been paid for. A call starts at the earliest slot that is not in the past, not before the slot handed out last (first
 * come, first served), and at which neither rate is ahead of the clock by more than its burst. Then each TAT moves by
 * what the call costs. A call that is larger than the token burst waits until the token rate owes nothing, and those
 * behind it wait for what it cost.
 *
 * <p>Worked example, 60 requests a minute (1 s each), a burst of one, tokens to spare, all asked when the clock shows 10
 * s: the first gets slot 10 s and moves the TAT to 11 s, the second 11 s, the third 12 s. Their delays are 0, 1 and 2 s.
 * If the upstream refuses the first and asks for 3 s, the clock stands still for 3 s and runs 3 % slower then: the
 * others wait, though their slots stay what they are.
 *
 * <p>What it promises, in tokens as in requests, for any slots i to j of one limit in the order of their decisions:
 * {@code taken(i..j) <= max(burst, taken(j)) + rate * (slot j - slot i) + refunds between the decisions i and j}; the
 * clock never runs faster than time.
 *
 * <p>A refusal cuts the rate ({@link Rate}) once an <em>epoch</em>: a call that was sent before the last cut was known
 * tells nothing about the rate after it, and at most prolongs the cool-down. If the very first call after a cool-down is
 * refused, the upstream is shut, which says nothing about its rate either (a window that is full, for one): the cool-down
 * doubles, or is what the upstream asks for, up to a minute. If a second one comes through before a refusal, it is the
 * rate, or an echo ({@link Rate}), after which nobody calls for {@value #ECHO_PAUSE} µs if little came through before it.
 *
 * <p>All times are whole microseconds. If the real clock steps back, what is stored of it moves back with it: no time has
 * passed, and nobody waits longer. The scripts in {@code lua/} do the same arithmetic; a test holds them together.
 *
 * @param seen when the state was last touched, by the real clock
 * @param quiet until when no call may start, by the real clock
 * @param since when the rate was cut last, the upstream last found shut, or the limit first used, by the real clock
 * @param epoch how often the rate was cut, or the upstream found shut
 * @param clock what the clock of the limit shows; it begins at the real time
 * @param cutClock what it showed at the last cut, or when the upstream was last found shut
 * @param requestTat TAT of the request rate
 * @param tokenTat TAT of the token rate
 * @param slot the slot handed out last
 * @param rate how fast the clock runs
 * @param allowed what the upstream's headers say
 */
record Gcra(
        long seen,
        long quiet,
        long since,
        long epoch,
        long clock,
        long cutClock,
        long requestTat,
        long tokenTat,
        long slot,
        Rate rate,
        Allowed allowed) {

    private static final long FIRST_PAUSE = 1_000_000;
    private static final long LONGEST_PAUSE = 60_000_000;
    private static final long ECHO_PAUSE = 2_000_000;

    /** The next slot after a cut is at most one call away; the one after it is not the first. */
    private static final double FIRST = 1.5;

    /** Nothing was ever taken. */
    static Gcra fresh(long now) {
        return fresh(now, Rate.CONFIGURED);
    }

    /**
     * Nothing was ever taken, and this is known about the rate. The clock begins at the time, which no earlier state of this
     * limit can have shown: should that one be lost, with the Redis that had it, the slots that it gave stay near.
     */
    static Gcra fresh(long now, Rate rate) {
        return new Gcra(now, now, now, 0, now, now, now, now, now, rate, Allowed.ALL);
    }

    /** A slot, how long it is until then as things are, and the state once it is taken. */
    record Taken(Gcra state, long slot, long delay) {}

    /** Takes one request and some tokens. */
    Taken acquire(Limit limit, long now, long tokens) {
        Gcra at = at(limit, now);
        long requestCost = allowed.requestCost(limit.requestMicros());
        long tokenCost = allowed.tokenCost(limit.tokenMicros(tokens));
        long requestSlot = at.requestTat - (limit.burstRequests() - 1) * requestCost;
        long tokenSlot = at.tokenTat - Math.max(0, limit.tokenLeeway() - tokenCost);
        long taken = Math.max(Math.max(at.clock, at.slot), Math.max(requestSlot, tokenSlot));
        Gcra state = new Gcra(
                at.seen,
                at.quiet,
                at.since,
                epoch,
                at.clock,
                cutClock,
                Math.max(at.requestTat, taken) + requestCost,
                Math.max(at.tokenTat, taken) + tokenCost,
                taken,
                taken > at.clock ? at.rate.called() : at.rate,
                allowed);
        return new Taken(state, taken, state.pace(limit).until(taken, now));
    }

    /** Corrects what a call took: its tokens, and its request if it never left. */
    Gcra settle(Limit limit, long now, long reserved, long used, boolean requestUsed) {
        Gcra at = at(limit, now);
        return at.owing(
                requestUsed ? 0 : -allowed.requestCost(limit.requestMicros()),
                allowed.tokenCost(limit.tokenMicros(used)) - allowed.tokenCost(limit.tokenMicros(reserved)));
    }

    /** What a call of so many tokens has brought to light. */
    Gcra told(Limit limit, long now, long tokens, News news) {
        Gcra told = news.refusal() == null ? this : refused(limit, now, tokens, news.refusal());
        return told.hinted(limit, now, news.requests(), news.tokens(), news.empty());
    }

    /** The upstream refused a call of so many tokens. */
    Gcra refused(Limit limit, long now, long tokens, Refusal refusal) {
        Gcra at = at(limit, now);
        long asked = Math.min(refusal.pause(), LONGEST_PAUSE);
        if (refusal.epoch() < epoch || limit.adaptiveFactor() == 0) {
            return at.quietFor(asked);
        }
        double cost =
                Math.max(allowed.requestCost(limit.requestMicros()), allowed.tokenCost(limit.tokenMicros(tokens)));
        long running = Math.min(refusal.age(), Math.max(0, now - at.quiet));
        double passed = (at.clock - Allowed.share(running, at.rate.speed(limit.adaptiveFactor())) - cutClock) / cost;
        boolean first = passed <= FIRST || now - 2 * refusal.age() <= at.quiet;
        if (at.rate.depth() > 0 && first) {
            long longer = Math.max(asked < 0 ? FIRST_PAUSE : asked, 2 * (now - at.since));
            return at.cut(now, at.rate).quietFor(Math.min(LONGEST_PAUSE, longer));
        }
        double factor = limit.adaptiveFactor();
        double through = Math.max(0, passed - 1);
        double expected = Math.max(0, now - refusal.age() - at.since) / cost;
        boolean echo = at.rate.echoes(factor, cost);
        Rate slower = echo ? at.rate.echoed() : at.rate.cut(factor, through, expected);
        long pause = echo && at.rate.heldUp(factor, through, expected) ? ECHO_PAUSE : 0;
        return at.cut(now, slower)
                .quietFor(Math.max(pause, asked) + Pace.lasts(2 * limit.requestMicros(), slower.speed(factor)));
    }

    /**
     * The upstream's headers say what it allows.
     *
     * @param requests share of the configured requests, see {@link Allowed}; negative if they do not say
     * @param tokens share of the configured tokens; negative if they do not say
     * @param pause until something is left, in µs; 0 if something is
     */
    Gcra hinted(Limit limit, long now, long requests, long tokens, long pause) {
        Gcra at = at(limit, now);
        long newRequests = requests < 0 ? allowed.requests() : requests;
        long newTokens = tokens < 0 ? allowed.tokens() : tokens;
        boolean less = newRequests < allowed.requests() || newTokens < allowed.tokens();
        return at.with(less ? epoch + 1 : epoch, allowed.said(newRequests, newTokens, at.clock, at.slot))
                .quietFor(Math.min(pause, LONGEST_PAUSE));
    }

    /** Both bursts are spent until a while from now: where slots that were handed out elsewhere still fire. */
    Gcra spentFor(Limit limit, long now, long ahead) {
        Gcra at = at(limit, now);
        long until = at.clock + Allowed.share(ahead, at.rate.speed(limit.adaptiveFactor()));
        return new Gcra(
                at.seen,
                at.quiet,
                at.since,
                epoch,
                at.clock,
                cutClock,
                Math.max(at.requestTat, until + limit.burstRequests() * allowed.requestCost(limit.requestMicros())),
                Math.max(at.tokenTat, until + limit.tokenLeeway()),
                Math.max(at.slot, until),
                at.rate,
                allowed);
    }

    /** How the clock runs. */
    Pace pace(Limit limit) {
        return new Pace(seen, epoch, quiet, clock, rate.speed(limit.adaptiveFactor()), allowed);
    }

    private Gcra at(Limit limit, long now) {
        long back = Math.max(0, seen - now);
        Pace pace = pace(limit);
        long shows = pace.shows(now);
        long waited = Math.min(Math.max(0, now - Math.max(seen, quiet)), Pace.lasts(slot - clock, pace.speed()));
        return new Gcra(
                now,
                quiet - back,
                since - back,
                epoch,
                shows,
                cutClock,
                requestTat,
                tokenTat,
                slot,
                rate.after(Math.max(0, now - seen), shows - clock, waited),
                allowed);
    }

    /** The same at another rate. */
    Gcra with(Rate changed) {
        return new Gcra(seen, quiet, since, epoch, clock, cutClock, requestTat, tokenTat, slot, changed, allowed);
    }

    private Gcra owing(long requestMicros, long tokenMicros) {
        return new Gcra(
                seen,
                quiet,
                since,
                epoch,
                clock,
                cutClock,
                requestTat + requestMicros,
                tokenTat + tokenMicros,
                slot,
                rate,
                allowed);
    }

    private Gcra quietFor(long micros) {
        return micros <= 0
                ? this
                : new Gcra(
                        seen,
                        Math.max(quiet, seen + micros),
                        since,
                        epoch,
                        clock,
                        cutClock,
                        requestTat,
                        tokenTat,
                        slot,
                        rate,
                        allowed);
    }

    private Gcra cut(long at, Rate changed) {
        return new Gcra(seen, quiet, at, epoch + 1, clock, clock, requestTat, tokenTat, slot, changed, allowed);
    }

    private Gcra with(long newEpoch, Allowed changed) {
        return new Gcra(seen, quiet, since, newEpoch, clock, cutClock, requestTat, tokenTat, slot, rate, changed);
    }
}
