package dev.sluice.call;

import dev.sluice.intake.SluiceException;
import java.time.Instant;
import java.util.Optional;

/**
 * The upstream is down for everybody, as the last calls have shown: this message is not called, or not again.
 * Never redelivered; each intake keeps the message where it came from until {@link #retryAt}.
 */
public final class UpstreamDownException extends SluiceException {
    private final transient Instant retryAt;

    public UpstreamDownException(Instant retryAt) {
        super(503, "upstream_down", "the upstream is down; it is asked again at " + retryAt);
        this.retryAt = retryAt;
    }

    @Override
    public boolean retryable() {
        return true;
    }

    @Override
    public Optional<Instant> retryAt() {
        return Optional.of(retryAt);
    }

    @Override
    public boolean isNews() {
        return false;
    }
}
