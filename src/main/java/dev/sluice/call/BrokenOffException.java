package dev.sluice.call;

/**
 * An answer broke off when pieces of it had gone out to somebody who cannot take them back ({@code split.restart=fail}).
 * Never redelivered; whether the same message may succeed later is what broke it off.
 */
public final class BrokenOffException extends UpstreamException {
    private final boolean retryable;

    /** @param cause only its words are kept: Camel would take this for what has caused it, and redeliver */
    public BrokenOffException(UpstreamException cause) {
        super(cause.status(), cause.code(), cause.getMessage() + "; the answer had begun, so it was not tried again");
        this.retryable = cause.retryable();
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
