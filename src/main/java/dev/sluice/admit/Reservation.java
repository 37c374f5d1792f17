package dev.sluice.admit;

import dev.sluice.intake.Sender;
import java.util.Objects;

/**
 * What a call asks of a limit: one request and so many tokens.
 *
 * @param key which limit, see {@code limit.key}
 * @param promptTokens estimate of the prompt, at least 0
 * @param completionTokens the most that the answer may cost, at least 0
 * @param sender whose call it is and how urgent
 */
public record Reservation(String key, long promptTokens, long completionTokens, Sender sender) {
    private static final Sender SOMEBODY = new Sender(Sender.NOBODY, Sender.USUAL);

    public Reservation {
        Objects.requireNonNull(key, "key");
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens must be >= 0, were " + promptTokens + " and " + completionTokens);
        }
    }

    /** Of nobody in particular, as urgent as usual. */
    public Reservation(String key, long promptTokens, long completionTokens) {
        this(key, promptTokens, completionTokens, SOMEBODY);
    }

    /** The same call of somebody. */
    Reservation by(Sender of) {
        return new Reservation(key, promptTokens, completionTokens, of);
    }

    /** The same call at another limit. */
    Reservation at(String limit) {
        return limit.equals(key) ? this : new Reservation(limit, promptTokens, completionTokens, sender);
    }
}
