package dev.sluice.admit;

import java.time.Duration;

/**
 * The right to start one call at one moment.
 *
 * @param id unique over all nodes
 * @param key the limit it was taken from
 * @param tokens what was reserved: the prompt and the completion, the latter cut so that both fit the limit
 * @param delay how long to wait from now, zero or more, as things are
 * @param slot when the call may start, on the clock of the limit, see {@link Gcra}
 * @param epoch the last one that was known when the delay was told
 */
public record Permit(String id, String key, long tokens, Duration delay, long slot, long epoch) {

    /** A permit of a limit whose rate never moves. */
    public Permit(String id, String key, long tokens, Duration delay) {
        this(id, key, tokens, delay, 0, 0);
    }

    /** The same permit with what is left to wait. */
    Permit with(Duration left, long newEpoch) {
        return new Permit(id, key, tokens, left.isNegative() ? Duration.ZERO : left, slot, newEpoch);
    }
}
