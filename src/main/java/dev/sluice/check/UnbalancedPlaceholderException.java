package dev.sluice.check;

/** A value opens a placeholder that it does not close, or the other way round. */
final class UnbalancedPlaceholderException extends Exception {
    private static final long serialVersionUID = 1;

    private final String missing;
    private final int offset;

    UnbalancedPlaceholderException(String missing, int offset) {
        super("'" + missing + "' is missing");
        this.missing = missing;
        this.offset = offset;
    }

    /** The token that is not there. */
    String missing() {
        return missing;
    }

    /** Where its partner stands. */
    int offset() {
        return offset;
    }
}
