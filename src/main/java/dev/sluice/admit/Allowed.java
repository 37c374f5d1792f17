package dev.sluice.admit;

/**
 * What the upstream's headers say that it allows, as shares of the configured rates in millionths, at most
 * {@link Rate#FULL}. Pure.
 *
 * <p>When they say less than before, calls cost more from then on; those that have their slot already cost too little,
 * and until the last of them has started the clock runs slower by as much.
 *
 * @param requests of the configured requests a minute
 * @param tokens of the configured tokens a minute
 * @param turn what the clock shows when the last slot at the old cost is due
 * @param drag how fast the clock runs until then, as a share of its speed
 */
record Allowed(long requests, long tokens, long turn, long drag) {

    /** As configured. */
    static final Allowed ALL = new Allowed(Rate.FULL, Rate.FULL, 0, Rate.FULL);

    private static final long LEAST_DRAG = 1_000;

    /**
     * The headers say something.
     *
     * @param clock what the clock shows
     * @param slot the slot handed out last
     */
    Allowed said(long newRequests, long newTokens, long clock, long slot) {
        if (newRequests == requests && newTokens == tokens) {
            return this;
        }
        double less = Math.min(1, Math.min((double) newRequests / requests, (double) newTokens / tokens));
        if (slot <= clock) {
            return new Allowed(newRequests, newTokens, 0, Rate.FULL);
        }
        long before = clock < turn ? drag : Rate.FULL;
        return new Allowed(newRequests, newTokens, slot, Math.max(LEAST_DRAG, (long) Math.floor(before * less)));
    }

    /** What a request costs that costs so much at the configured rate. */
    long requestCost(long micros) {
        return cost(micros, requests);
    }

    /** What tokens cost that cost so much at the configured rate. */
    long tokenCost(long micros) {
        return cost(micros, tokens);
    }

    /** So many millionths of something. */
    static long share(long of, long millionths) {
        return (long) Math.floor((double) of * millionths / Rate.FULL);
    }

    private static long cost(long micros, long share) {
        return (long) Math.ceil((double) micros * Rate.FULL / share);
    }
}
