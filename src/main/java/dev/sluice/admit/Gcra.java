package dev.sluice.admit;

/**
 * The rule of the limiter, without clocks, locks or Redis: a generic cell rate algorithm (GCRA, ITU-T I.371) over
 * requests and tokens at once, which reserves ahead.
 *
 * <p>Each rate has a <em>theoretical arrival time</em> (TAT): the moment at which everything reserved so far will have
 * been paid for. A call starts at the earliest slot that is not in the past, not before the slot handed out last
 * (first come, first served), and at which neither rate is ahead of time by more than its burst. Then each TAT moves
 * by what the call costs. A call that is larger than the token burst waits until the token rate owes nothing, and
 * those behind it wait for what it cost.
 *
 * <p>Worked example, 60 requests a minute (1 s each), a burst of one, tokens to spare, all asked at 10.0 s: the first
 * gets slot 10.0 s and moves the TAT to 11.0 s, the second 11.0 s, the third 12.0 s. Their delays are 0, 1 and 2 s.
 *
 * <p>What it promises, in tokens as in requests, for any slots i to j of one limit in the order of their decisions:
 * {@code taken(i..j) <= max(burst, taken(j)) + rate * (slot j - slot i) + refunds between the decisions i and j}.
 *
 * <p>All times are whole microseconds of one clock. If that clock steps back, everything stored moves back with it: no
 * time has passed, and nobody waits longer. The scripts in {@code lua/} do the same arithmetic; a test holds them
 * together.
 *
 * @param requestTat TAT of the request rate
 * @param tokenTat TAT of the token rate
 * @param lastSlot the slot handed out last
 * @param seen when the state was last touched
 */
record Gcra(long requestTat, long tokenTat, long lastSlot, long seen) {

    /** Nothing was ever taken; for clocks that start at 0 or later. */
    static final Gcra FRESH = new Gcra(0, 0, 0, 0);

    /** A slot, and the state once it is taken. */
    record Taken(Gcra state, long slot, long delay) {}

    /** Takes one request and some tokens. */
    Taken acquire(Limit limit, long now, long tokens) {
        Gcra at = at(now);
        long requestSlot = at.requestTat - limit.requestLeeway();
        long tokenSlot = at.tokenTat - Math.max(0, limit.tokenLeeway() - limit.tokenMicros(tokens));
        long slot = Math.max(Math.max(now, at.lastSlot), Math.max(requestSlot, tokenSlot));
        Gcra taken = new Gcra(
                Math.max(at.requestTat, slot) + limit.requestMicros(),
                Math.max(at.tokenTat, slot) + limit.tokenMicros(tokens),
                slot,
                now);
        return new Taken(taken, slot, slot - now);
    }

    /** Corrects what a call took: its tokens, and its request if it never left. */
    Gcra settle(Limit limit, long now, long reserved, long used, boolean requestUsed) {
        Gcra at = at(now);
        return new Gcra(
                at.requestTat - (requestUsed ? 0 : limit.requestMicros()),
                at.tokenTat + limit.tokenMicros(used) - limit.tokenMicros(reserved),
                at.lastSlot,
                now);
    }

    /** Both bursts are spent until a while from now: where slots that were handed out elsewhere still fire. */
    Gcra spentFor(Limit limit, long now, long ahead) {
        Gcra at = at(now);
        long until = now + ahead;
        return new Gcra(
                Math.max(at.requestTat, until + limit.requestLeeway() + limit.requestMicros()),
                Math.max(at.tokenTat, until + limit.tokenLeeway()),
                Math.max(at.lastSlot, until),
                now);
    }

    private Gcra at(long now) {
        long back = Math.max(0, seen - now);
        return back == 0 ? this : new Gcra(requestTat - back, tokenTat - back, lastSlot - back, now);
    }
}
