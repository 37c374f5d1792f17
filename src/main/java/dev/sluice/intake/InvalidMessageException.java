package dev.sluice.intake;

import org.jspecify.annotations.Nullable;

/** The message itself is wrong: it is kept without a call, and sending it again changes nothing. */
public final class InvalidMessageException extends SluiceException {
    private final @Nullable String param;

    public InvalidMessageException(String code, String message) {
        this(400, code, message);
    }

    public InvalidMessageException(int status, String code, String message) {
        this(status, code, message, null);
    }

    private InvalidMessageException(int status, String code, String message, @Nullable String param) {
        super(status, code, message);
        this.param = param;
    }

    /** A field of the body is wrong. */
    static InvalidMessageException ofField(String param, String message) {
        return new InvalidMessageException(400, "invalid_request_error", message, param);
    }

    /** The field that is wrong, for example {@code messages[1].role}; null if it is not one field. */
    public @Nullable String param() {
        return param;
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
