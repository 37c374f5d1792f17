package dev.sluice.admit;

/**
 * How many calls an upstream bears at once, as far as is known: the rule, without clocks, locks or Redis. It is careful, as
 * an upstream that bears what it gets must not lose anything: nothing is held back before there is proof of overload, and
 * proof is a fifth of a whole round of calls that fail by a 5xx or a timeout. Latency proves nothing: long answers are slow.
 *
 * <p>Outcomes are counted in rounds: as many as were in flight at once, at least {@value #ROUND}. When a fifth or more of a
 * round was overload, three quarters of what was in flight remain, and an <em>epoch</em> ends: calls that began before say
 * nothing about what comes after. When at most a twentieth was and all places were needed, there are more: a quarter more,
 * up to nine tenths of where it was cut, then a twentieth a round. In between, it shrinks by a twentieth, if there was a cut,
 * down to half of what was in flight then.
 *
 * <p>Worked example: 100 in flight, 30 of 100 calls answer 503: 75 remain. After a good round with all of them in use 90,
 * then 94, 99, 104: it has learned in six rounds whether 100 is too much again.
 *
 * <p>The script {@code places.lua} does the same arithmetic; a test holds them together.
 *
 * @param most calls in flight, not less than the least configured
 * @param top how many were in flight at the last cut; 0 if there was none
 * @param epoch how often it was cut
 * @param ended calls of this round that have ended
 * @param overloaded those of them that failed by overload
 * @param busiest most calls that were in flight at once in this round
 */
record Capacity(double most, double top, long epoch, long ended, long overloaded, long busiest) {
    private static final long ROUND = 10;
    private static final double PROOF = 0.2;
    private static final double FINE = 0.05;
    private static final double REMAIN = 0.75;
    private static final double NEEDED = 0.8;
    private static final double NEAR = 0.9;
    private static final double HALF = 0.5;

    /** Nothing is known. */
    static Capacity fresh(long max) {
        return new Capacity(max, 0, 0, 0, 0, 0);
    }

    /**
     * Some calls of this epoch have ended.
     *
     * @param inFlight how many are in flight, over all nodes
     */
    Capacity told(long min, long max, long newEnded, long newOverloaded, long inFlight) {
        long busy = Math.max(busiest, inFlight);
        long all = ended + newEnded;
        long bad = overloaded + newOverloaded;
        double now = Math.min(most, max);
        if (all < Math.max(ROUND, busy)) {
            return new Capacity(now, top, epoch, all, bad, busy);
        }
        if (bad >= PROOF * all) {
            return new Capacity(Math.max(min, REMAIN * Math.min(now, busy)), busy, epoch + 1, 0, 0, 0);
        }
        return new Capacity(bad <= FINE * all ? more(now, max, busy) : less(now, min), top, epoch, 0, 0, 0);
    }

    private double more(double now, long max, long busy) {
        if (busy < NEEDED * now) {
            return now;
        }
        double near = NEAR * top;
        return now < near
                ? Math.min(Math.min(max, near), now + Math.max(1, now / 4))
                : Math.min(max, now + Math.max(1, now / 20));
    }

    private double less(double now, long min) {
        double least = Math.max(min, HALF * top);
        return top == 0 ? now : Math.min(now, Math.max(least, now - Math.max(1, now / 20)));
    }
}
