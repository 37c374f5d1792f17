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
 * @param overload whether it failed as calls to an overloaded upstream do: by a 5xx or a timeout
 */
public record Settlement(
        Outcome outcome,
        OptionalLong tokens,
        Optional<Duration> retryAfter,
        RateHints hints,
        Duration age,
        boolean overload) {

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

    public Settlement(
            Outcome outcome, OptionalLong tokens, Optional<Duration> retryAfter, RateHints hints, Duration age) {
        this(outcome, tokens, retryAfter, hints, age, false);
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

    /** Failed by overload: a 5xx, or no answer in time. */
    public static Settlement overloaded() {
        return new Settlement(
                Outcome.FAILED, OptionalLong.empty(), Optional.empty(), RateHints.NONE, Duration.ZERO, true);
    }

    /** The same of a call whose answer has used so much, as far as that is known, unless it is known better. */
    Settlement orUsed(OptionalLong used) {
        return !answered() || tokens.isPresent()
                ? this
                : new Settlement(outcome, used, retryAfter, hints, age, overload);
    }

    /** Whether it tells how the upstream bears its load: it had the call, and did not refuse it by rate. */
    boolean answered() {
        return outcome == Outcome.SUCCEEDED || outcome == Outcome.FAILED;
    }

    /** The same, of a call that was sent so long ago and answered with these headers. */
    Settlement with(RateHints heard, Duration sentAgo) {
        return new Settlement(outcome, tokens, retryAfter, heard, sentAgo, overload);
    }
}
