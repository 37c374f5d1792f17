package dev.sluice.intake;

import java.time.Instant;
import java.util.Optional;

/** The time for a message is over, or will be before it can be called; see {@link Deadline}. */
public final class DeadlineException extends SluiceException {
    private final transient Optional<Instant> retryAt;

    DeadlineException(String message, Optional<Instant> retryAt) {
        super(504, "deadline_exceeded", message);
        this.retryAt = retryAt;
    }

    @Override
    public boolean retryable() {
        return true;
    }

    /** When it will be its turn, if it was not called at all; empty if it was, and ends. */
    @Override
    public Optional<Instant> retryAt() {
        return retryAt;
    }
}
