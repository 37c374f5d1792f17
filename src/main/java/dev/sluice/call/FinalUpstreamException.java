package dev.sluice.call;

/** An attempt that would fail the same way again: wrong request, wrong key, no money. Never redelivered. */
public final class FinalUpstreamException extends UpstreamException {

    public FinalUpstreamException(int status, String code, String message) {
        super(status, code, message);
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
