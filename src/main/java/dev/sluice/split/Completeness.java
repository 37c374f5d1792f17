package dev.sluice.split;

/** What makes a streamed answer complete ({@code upstream.complete}); anything less is a cut one. */
public enum Completeness {
    /** {@code [DONE]}, or a {@code finish_reason} of every choice that was begun, and a clean end. */
    DONE_OR_FINISH,
    /** {@code [DONE]}: for an upstream that always sends it. */
    DONE,
    /** A {@code finish_reason} of every choice that was begun: for one that says {@code [DONE]} too early. */
    FINISH;

    /** Whether a stream that ended without {@code [DONE]} may be complete. */
    boolean doneMayBeMissing() {
        return this != DONE;
    }

    /** Whether a stream that ended with {@code [DONE]} may lack the {@code finish_reason} of a choice. */
    boolean finishMayBeMissing() {
        return this != FINISH;
    }
}
