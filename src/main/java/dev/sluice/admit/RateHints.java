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

    /** What both say: the lower limits, the longer wait. */
    public RateHints and(RateHints other) {
        return new RateHints(
                lower(requestsPerMinute, other.requestsPerMinute),
                lower(tokensPerMinute, other.tokensPerMinute),
                empty.compareTo(other.empty) > 0 ? empty : other.empty);
    }

    /** Only how long until something is left. */
    public RateHints withoutLimits() {
        return new RateHints(OptionalLong.empty(), OptionalLong.empty(), empty);
    }

    private static OptionalLong lower(OptionalLong one, OptionalLong other) {
        return one.isPresent() && other.isPresent()
                ? OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()))
                : one.isPresent() ? one : other;
    }

    /** The same, heard so long ago. */
    RateHints after(Duration age) {
        Duration left = empty.minus(age);
        return empty.isZero()
                ? this
                : new RateHints(requestsPerMinute, tokensPerMinute, left.isNegative() ? Duration.ZERO : left);
    }
}
