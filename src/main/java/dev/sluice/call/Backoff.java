package dev.sluice.call;

import java.time.Duration;
import java.util.Optional;

/**
 * How long to wait before the next attempt: {@code min(base · multiplier^(n-1), max)}, of which at least one half and at
 * most the whole is waited, drawn at random, so that messages that failed together do not return together. What the
 * server asked for is a floor; up to a tenth more is added to it, for the same reason.
 *
 * <p>With the defaults (1 s, 2, 60 s): 0.5–1 s, 1–2 s, 2–4 s; with {@code Retry-After: 5}: 5–5.5 s.
 */
record Backoff(Duration base, double multiplier, Duration max) {
    Backoff {
        if (base.isNegative() || multiplier < 1 || max.compareTo(base) < 0) {
            throw new IllegalArgumentException("retry.base-ms must be >= 0, retry.multiplier >= 1 and retry.max-ms >="
                    + " retry.base-ms; were %d, %s, %d".formatted(base.toMillis(), multiplier, max.toMillis()));
        }
    }

    /**
     * @param attempt attempts made so far, from 1
     * @param retryAfter what the server asked for
     * @param random from 0 (inclusive) to 1 (exclusive)
     */
    Duration before(int attempt, Optional<Duration> retryAfter, double random) {
        double nominal = Math.min(base.toMillis() * Math.pow(multiplier, attempt - 1.0), max.toMillis());
        long own = Math.round(nominal * (0.5 + random / 2));
        long floor = retryAfter
                .map(wait -> (long) Math.ceil(wait.toNanos() / 1e6 * (1 + random / 10)))
                .orElse(0L);
        return Duration.ofMillis(Math.max(own, floor));
    }
}
