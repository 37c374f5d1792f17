package dev.sluice.admit;

import org.jspecify.annotations.Nullable;

/**
 * What a settlement tells a limit about the upstream.
 *
 * @param refusal if the upstream refused the call by rate
 * @param requests what it allows of the configured requests, in millionths; negative if it did not say
 * @param tokens what it allows of the configured tokens, in millionths; negative if it did not say
 * @param empty µs until something is left; 0 if something is
 */
record News(@Nullable Refusal refusal, long requests, long tokens, long empty) {
    static final News NONE = new News(null, -1, -1, 0);

    private static final double MARGIN = 0.99;

    /** What a settlement says of a limit; of a fixed one only how long to stay away. */
    static News of(Limit limit, Permit permit, Settlement settlement) {
        RateHints hints = settlement.hints();
        Refusal refusal = settlement.outcome() == Settlement.Outcome.THROTTLED
                ? new Refusal(
                        Limit.micros(settlement.age()),
                        permit.epoch(),
                        settlement.retryAfter().map(Limit::micros).orElse(-1L))
                : null;
        if (refusal == null && hints.equals(RateHints.NONE)) {
            return NONE;
        }
        boolean fixed = limit.adaptiveFactor() == 0;
        return new News(
                refusal,
                fixed ? -1 : share(hints.requestsPerMinute().orElse(-1), limit.requestsPerMinute()),
                fixed ? -1 : share(hints.tokensPerMinute().orElse(-1), limit.tokensPerMinute()),
                Limit.micros(hints.empty()));
    }

    /** Nothing, if all of it is known already: most answers say the same as the one before. */
    News unlessKnown(Allowed allowed) {
        boolean same = (requests < 0 || requests == allowed.requests()) && (tokens < 0 || tokens == allowed.tokens());
        return refusal == null && empty == 0 && same ? NONE : this;
    }

    /** Slightly less than the upstream says, so that calls which come closer together on their way are no trouble. */
    private static long share(long said, long configured) {
        if (said < 0) {
            return -1;
        }
        return said >= configured
                ? Rate.FULL
                : Math.max(Rate.LEAST, (long) Math.floor(MARGIN * said * Rate.FULL / configured));
    }
}
