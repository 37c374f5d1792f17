package dev.sluice.admit;

/**
 * How the clock of a limit runs: enough to know when a slot is due, as long as the rate does not change.
 *
 * @param at when this was so, in µs of the clock of whoever keeps it
 * @param epoch how often the rate was cut, see {@link Gcra}
 * @param quiet until when the clock stands still, in µs of the same clock as {@code at}
 * @param shows what the clock of the limit shows, in µs
 * @param speed how fast it runs, in millionths
 * @param allowed what the upstream's headers say
 */
record Pace(long at, long epoch, long quiet, long shows, long speed, Allowed allowed) {

    /** How a clock runs that nothing is known about: as configured. */
    static Pace unknown(long now) {
        return new Pace(now, 0, now, 0, Rate.FULL, Allowed.ALL);
    }

    /** What the clock shows later. */
    long shows(long now) {
        long running = Math.max(0, now - Math.max(at, quiet));
        long slow = Allowed.share(speed, allowed.drag());
        long dragged = Math.min(running, lasts(allowed.turn() - shows, slow));
        return shows + Allowed.share(dragged, slow) + Allowed.share(running - dragged, speed);
    }

    /** How many µs it is from now until a slot. */
    long until(long slot, long now) {
        long showsNow = shows(now);
        long turn = allowed.turn();
        return Math.max(0, quiet - now)
                + lasts(Math.min(slot, turn) - showsNow, Allowed.share(speed, allowed.drag()))
                + lasts(slot - Math.max(showsNow, turn), speed);
    }

    /** What the limit allows now. */
    double requestsPerMinute(Limit limit) {
        return (double) speed / Rate.FULL * allowed.requests() / Rate.FULL * limit.requestsPerMinute();
    }

    /** What the limit allows now. */
    double tokensPerMinute(Limit limit) {
        return (double) speed / Rate.FULL * allowed.tokens() / Rate.FULL * limit.tokensPerMinute();
    }

    /** How many µs it takes the clock to move by so much. */
    static long lasts(long shown, long speed) {
        return shown <= 0 ? 0 : (long) Math.ceil((double) shown * Rate.FULL / speed);
    }
}
