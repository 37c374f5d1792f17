package dev.sluice.intake;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a message has no answer, in the terms of the error record: an HTTP status, a code for programs and a message for
 * people. The message names what, the value, the limit and the next step; never a prompt or a key.
 *
 * <p>Whether a retry can help is the type, not the text: {@code failures.camel.yaml} lists the classes.
 */
public abstract class SluiceException extends Exception {
    private final int status;
    private final String code;

    protected SluiceException(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** HTTP status of the upstream or the one that a front would answer with; 0 if there was no response. */
    public int status() {
        return status;
    }

    /** A word for programs, for example {@code rate_limit_exceeded}. */
    public String code() {
        return code;
    }

    /** Whether the same message may succeed later. */
    public abstract boolean retryable();

    /**
     * The moment before which it makes no sense to send the message again. If there is one, the message has not failed: its
     * intake parks it, which is to say leaves it with its source, or tells its sender, until then.
     */
    public Optional<Instant> retryAt() {
        return Optional.empty();
    }

    /** Whether it is worth a line of its own in the log that a message is parked for this; not if all are, and it is said once. */
    public boolean isNews() {
        return true;
    }
}
