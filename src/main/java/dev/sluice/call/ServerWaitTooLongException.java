package dev.sluice.call;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The upstream asked to wait longer than {@code retry.max-server-wait-ms}: not held in memory, may be sent later. */
public final class ServerWaitTooLongException extends UpstreamException {
    private final transient Instant retryAt;

    ServerWaitTooLongException(int status, String code, Duration wait, Duration max, Instant now) {
        super(
                status,
                code,
                "upstream answered %d and asks to wait %d s, longer than retry.max-server-wait-ms=%d; send it again after %s"
                        .formatted(status, wait.toSeconds(), max.toMillis(), now.plus(wait)));
        this.retryAt = now.plus(wait);
    }

    @Override
    public boolean retryable() {
        return true;
    }

    @Override
    public Optional<Instant> retryAt() {
        return Optional.of(retryAt);
    }
}
