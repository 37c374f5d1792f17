package dev.sluice.batch;

/**
 * Why a batch has ended before its last line although nobody stopped it, for people.
 *
 * @param cause what has stopped it
 * @param remedy how to go on with a command
 * @param remedyInServer how to go on in a server, which tries again by itself
 */
public record Stop(Kind kind, String cause, String remedy, String remedyInServer) {

    /** For who has started the command. */
    public String why() {
        return cause + "; " + remedy;
    }

    /** For who runs the server. */
    String whyInServer() {
        return cause + "; " + remedyInServer;
    }

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
