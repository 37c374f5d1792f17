package dev.sluice.admit;

import java.util.OptionalLong;

/**
 * What became of a permit.
 *
 * @param outcome what the upstream did
 * @param tokens what the call really used; empty if unknown: the estimate stays
 */
public record Settlement(Outcome outcome, OptionalLong tokens) {

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

    public static Settlement used(long tokens) {
        return new Settlement(Outcome.SUCCEEDED, OptionalLong.of(tokens));
    }

    public static Settlement of(Outcome outcome) {
        return new Settlement(outcome, OptionalLong.empty());
    }
}
