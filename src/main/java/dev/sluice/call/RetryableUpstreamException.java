package dev.sluice.call;

import java.time.Duration;
import java.util.Optional;

/** An attempt that failed in a way that another attempt may not: redelivered by {@code failures.camel.yaml}. */
public final class RetryableUpstreamException extends UpstreamException {
    private final transient Optional<Duration> retryAfter;

    public RetryableUpstreamException(int status, String code, String message) {
        this(status, code, message, Optional.empty());
    }

    /** @param retryAfter what the upstream asked to wait at least, if it did */
    public RetryableUpstreamException(int status, String code, String message, Optional<Duration> retryAfter) {
        super(status, code, message);
        this.retryAfter = retryAfter;
    }

    /** What the upstream asked to wait at least, if it did. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
