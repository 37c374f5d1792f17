package dev.sluice.batch;

/**
 * Why a batch has ended before its last line although nobody stopped it.
 *
 * @param why for people: what, and how to go on
 */
public record Stop(Kind kind, String why) {

    /** By what. */
    public enum Kind {
        /** {@code --deadline} has come. */
        DEADLINE,
        /** The next line would overrun the budget. */
        BUDGET,
        /** The upstream refuses every call. */
        REFUSED,
        /** The input cannot be read. */
        INPUT,
        /** Output, errors or ledger cannot be written. */
        OUTPUT
    }
}
