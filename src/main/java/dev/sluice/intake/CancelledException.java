package dev.sluice.intake;

/** Nobody waits for the answer any more: its client has gone, or has called it off. */
public final class CancelledException extends SluiceException {

    /** Not a standard status, but the one that web servers log for a client that has closed its connection. */
    private static final int CLIENT_CLOSED_REQUEST = 499;

    public CancelledException() {
        super(CLIENT_CLOSED_REQUEST, "cancelled", "the client went away before its answer was there");
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
