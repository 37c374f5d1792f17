package dev.sluice.admit;

import java.util.Objects;

/**
 * What a call asks of a limit: one request and so many tokens.
 *
 * @param key which limit, see {@code limit.key}
 * @param promptTokens estimate of the prompt, at least 0
 * @param completionTokens the most that the answer may cost, at least 0
 */
public record Reservation(String key, long promptTokens, long completionTokens) {
    public Reservation {
        Objects.requireNonNull(key, "key");
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens must be >= 0, were " + promptTokens + " and " + completionTokens);
        }
    }
}
