package dev.sluice.admit;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What the headers of an answer say about the limit; hints, not truth.
 *
 * @param requestsPerMinute what is allowed, more than 0; empty if they do not say
 * @param tokensPerMinute what is allowed, more than 0; empty if they do not say
 * @param empty how long until something is left; zero if something is, or if they do not say
 */
public record RateHints(OptionalLong requestsPerMinute, OptionalLong tokensPerMinute, Duration empty) {

    /** They say nothing. */
    public static final RateHints NONE = new RateHints(OptionalLong.empty(), OptionalLong.empty(), Duration.ZERO);

    /** The same, heard so long ago. */
    RateHints after(Duration age) {
        Duration left = empty.minus(age);
        return empty.isZero()
                ? this
                : new RateHints(requestsPerMinute, tokensPerMinute, left.isNegative() ? Duration.ZERO : left);
    }
}
