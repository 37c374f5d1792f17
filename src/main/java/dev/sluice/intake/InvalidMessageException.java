package dev.sluice.intake;

/** The message itself is wrong: it is kept without a call, and sending it again changes nothing. */
public final class InvalidMessageException extends SluiceException {

    public InvalidMessageException(String code, String message) {
        this(400, code, message);
    }

    public InvalidMessageException(int status, String code, String message) {
        super(status, code, message);
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
