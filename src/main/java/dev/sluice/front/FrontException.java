package dev.sluice.front;

import dev.sluice.intake.SluiceException;

/** The front cannot take a request as it is, or not now. */
final class FrontException extends SluiceException {
    private final boolean retryable;

    private FrontException(int status, String code, String message, boolean retryable) {
        super(status, code, message);
        this.retryable = retryable;
    }

    /** It may be taken later. */
    static FrontException notNow(int status, String code, String message) {
        return new FrontException(status, code, message, true);
    }

    static FrontException never(int status, String code, String message) {
        return new FrontException(status, code, message, false);
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
