package dev.sluice.admit;

import dev.sluice.intake.SluiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The limit has no slot as soon as the message needs one ({@code SluiceMaxWaitMs}); its slot went back. */
public final class WaitTooLongException extends SluiceException {
    private final transient Instant retryAt;

    WaitTooLongException(Duration wait, Duration most, Instant now) {
        super(
                429,
                "rate_limit_exceeded",
                "the limit has no free place for %d ms, longer than this request waits (%d ms); send it again later"
                        .formatted(wait.toMillis(), most.toMillis()));
        this.retryAt = now.plus(wait);
    }

    /** When all that waits now will have begun. */
    @Override
    public Optional<Instant> retryAt() {
        return Optional.of(retryAt);
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
