package dev.sluice.admit;

/** One thing to do to the shared state of a limit: what {@code decide.lua} takes one after another. */
sealed interface Step {

    /** Takes nothing; how the clock runs is part of every answer. */
    record Look() implements Step {}

    /** Takes one request and some tokens; the answer is the slot. */
    record Acquire(long tokens) implements Step {}

    /**
     * Corrects what a permit took, and tells what the upstream said, unless that was done before.
     *
     * @param permit its id
     * @param reserved tokens that it took
     * @param used tokens to count
     * @param requestUsed false if the call never left
     * @param news of the upstream
     */
    record Settle(String permit, long reserved, long used, boolean requestUsed, News news) implements Step {}
}
