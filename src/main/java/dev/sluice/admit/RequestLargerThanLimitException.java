package dev.sluice.admit;

import dev.sluice.intake.SluiceException;

/** The prompt alone is larger than the tokens-per-minute limit: it could never be admitted. */
public final class RequestLargerThanLimitException extends SluiceException {

    public RequestLargerThanLimitException(long tokens, long limit, String key) {
        super(
                429,
                "request_larger_than_limit",
                ("the request needs about %d tokens, limit %s allows %d a minute;"
                                + " shorten it or raise limit.tokens-per-minute")
                        .formatted(tokens, key, limit));
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
