package dev.sluice.admit;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What became of a permit.
 *
 * @param outcome what the upstream did
 * @param tokens what the call really used; empty if unknown: the estimate stays
 * @param retryAfter how long the upstream wants to be left alone; empty if it did not say
 * @param hints what its headers say
 * @param age how long ago the call was sent
 */
public record Settlement(
        Outcome outcome, OptionalLong tokens, Optional<Duration> retryAfter, RateHints hints, Duration age) {

    /** The few ways in which an attempt can end, as far as a limit is concerned. */
    public enum Outcome {
        /** The upstream answered. */
        SUCCEEDED,
        /** The upstream refused by rate (429). */
        THROTTLED,
        /** The upstream failed, or was not understood (5xx, timeout, cut stream, wrong request). */
        FAILED,
        /** The call never reached the upstream: nothing was used. */
        IGNORED
    }

    public Settlement(Outcome outcome, OptionalLong tokens) {
        this(outcome, tokens, Optional.empty(), RateHints.NONE, Duration.ZERO);
    }

    public static Settlement used(long tokens) {
        return new Settlement(Outcome.SUCCEEDED, OptionalLong.of(tokens));
    }

    public static Settlement of(Outcome outcome) {
        return new Settlement(outcome, OptionalLong.empty());
    }

    /** Refused by rate. */
    public static Settlement throttled(Optional<Duration> retryAfter) {
        return new Settlement(Outcome.THROTTLED, OptionalLong.empty(), retryAfter, RateHints.NONE, Duration.ZERO);
    }

    /** The same, of a call that was sent so long ago and answered with these headers. */
    Settlement with(RateHints heard, Duration sentAgo) {
        return new Settlement(outcome, tokens, retryAfter, heard, sentAgo);
    }
}
