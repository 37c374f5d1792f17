package dev.sluice.admit;

import java.time.Duration;
import java.util.Objects;

/**
 * What an upstream allows, as configured, and what that means in microseconds.
 *
 * <p>At 600 requests and 200,000 tokens a minute a request costs 100,000 µs of the request rate and 1,000 tokens cost
 * 300,000 µs of the token rate; with a burst of 250 ms, 2 requests and 3,334 tokens may go at once.
 *
 * <p>Costs are rounded up to whole microseconds: a limiter never gives more than the limit, and a refund is exactly
 * what was taken. The price is less than 1 µs a call: 0.001 % at 600 a minute.
 *
 * @param key which limit; all nodes with the same key share it. Without spaces and braces, as it is a Redis hash tag
 * @param requestsPerMinute 1 to {@value #MAX_REQUESTS_PER_MINUTE}
 * @param tokensPerMinute 1 to {@value #MAX_TOKENS_PER_MINUTE}
 * @param burst how much of each rate may go at once, 0 to 60 s; one request and one second of tokens in any case
 * @param refundUnusedTokens whether tokens that were reserved and not used come back; false for a provider that counts
 *     {@code max_tokens} whatever the answer was
 * @param adaptiveFactor how eagerly a rate that was cut after a refusal is regained, 0 to {@value #MAX_ADAPTIVE_FACTOR};
 *     0: the rate is fixed, see {@link Rate}
 */
public record Limit(
        String key,
        long requestsPerMinute,
        long tokensPerMinute,
        Duration burst,
        boolean refundUnusedTokens,
        double adaptiveFactor) {

    public static final Duration DEFAULT_BURST = Duration.ofMillis(250);
    public static final Duration MAX_BURST = Duration.ofMinutes(1);
    public static final double DEFAULT_ADAPTIVE_FACTOR = 1.5;
    public static final double MAX_ADAPTIVE_FACTOR = 10;

    /** One request a microsecond, in which times are counted. */
    public static final int MAX_REQUESTS_PER_MINUTE = 60_000_000;

    public static final long MAX_TOKENS_PER_MINUTE = 100_000_000_000L;

    private static final long MINUTE_MICROS = 60_000_000;
    private static final long MOST_BEYOND = 10; // minutes

    public Limit {
        Objects.requireNonNull(burst, "burst");
        if (!key.matches("[^\\s{}]+")) {
            throw new IllegalArgumentException(
                    "limit.key must be one word without spaces and braces, was '" + key + "'");
        }
        check("limit.requests-per-minute", requestsPerMinute, MAX_REQUESTS_PER_MINUTE);
        check("limit.tokens-per-minute", tokensPerMinute, MAX_TOKENS_PER_MINUTE);
        if (burst.isNegative() || burst.compareTo(MAX_BURST) > 0) {
            throw new IllegalArgumentException(
                    "limit.burst-ms must be 0 to %d, was %d".formatted(MAX_BURST.toMillis(), burst.toMillis()));
        }
        if (!(adaptiveFactor >= 0 && adaptiveFactor <= MAX_ADAPTIVE_FACTOR)) {
            throw new IllegalArgumentException(
                    "limit.adaptive-factor must be 0 to %.0f, was %s".formatted(MAX_ADAPTIVE_FACTOR, adaptiveFactor));
        }
    }

    /** A limit that adapts with the default eagerness. */
    public Limit(String key, long requests, long tokens, Duration burst, boolean refundUnusedTokens) {
        this(key, requests, tokens, burst, refundUnusedTokens, DEFAULT_ADAPTIVE_FACTOR);
    }

    /** A limit with the default burst, which gives unused tokens back. */
    public static Limit perMinute(String key, long requests, long tokens) {
        return new Limit(key, requests, tokens, DEFAULT_BURST, true);
    }

    /** The same of another name. */
    Limit named(String name) {
        return name.equals(key)
                ? this
                : new Limit(name, requestsPerMinute, tokensPerMinute, burst, refundUnusedTokens, adaptiveFactor);
    }

    /** The same limit at a part of its rates, at least 1 a minute. */
    Limit times(double share) {
        return new Limit(
                key,
                Math.max(1, (long) (requestsPerMinute * share)),
                Math.max(1, (long) (tokensPerMinute * share)),
                burst,
                refundUnusedTokens,
                adaptiveFactor);
    }

    /**
     * What to reserve: prompt and completion, the latter cut so that both fit a minute.
     *
     * @throws RequestLargerThanLimitException if the prompt alone does not fit
     */
    long tokensFor(Reservation reservation) throws RequestLargerThanLimitException {
        if (!reservation.key().equals(key)) {
            throw new IllegalArgumentException("this is limit " + key + ", asked for " + reservation.key());
        }
        if (reservation.promptTokens() > tokensPerMinute) {
            throw new RequestLargerThanLimitException(reservation.promptTokens(), tokensPerMinute, key);
        }
        return reservation.promptTokens()
                + Math.min(reservation.completionTokens(), tokensPerMinute - reservation.promptTokens());
    }

    /**
     * What to count of a settled reservation: what was used, but nothing below it that is not refunded; and at most
     * ten minutes of tokens more than were reserved, so that an upstream's nonsense does not hold everybody up for days.
     */
    long tokensUsed(long reserved, Settlement settlement) {
        if (settlement.outcome() == Settlement.Outcome.IGNORED) {
            return 0;
        }
        long used = Math.min(
                reserved + MOST_BEYOND * tokensPerMinute,
                Math.max(0, settlement.tokens().orElse(reserved)));
        return refundUnusedTokens ? used : Math.max(used, reserved);
    }

    /** How many requests may start at once. */
    long burstRequests() {
        return Math.max(1, requestsPerMinute * micros(burst) / MINUTE_MICROS);
    }

    /** How many tokens may start at once. */
    long burstTokens() {
        long aSecond = (tokensPerMinute + 59) / 60;
        return Math.max(aSecond, Math.round((double) tokensPerMinute * micros(burst) / MINUTE_MICROS));
    }

    /** How long one request occupies the request rate, in µs. */
    long requestMicros() {
        return (long) Math.ceil((double) MINUTE_MICROS / requestsPerMinute);
    }

    /** How long some tokens occupy the token rate, in µs. */
    long tokenMicros(long tokens) {
        return (long) Math.ceil((double) tokens * MINUTE_MICROS / tokensPerMinute);
    }

    /** How far the token rate may be ahead after a call, in µs. */
    long tokenLeeway() {
        return (long) Math.floor((double) burstTokens() * MINUTE_MICROS / tokensPerMinute);
    }

    static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }

    private static void check(String name, long value, long max) {
        if (value <= 0 || value > max) {
            throw new IllegalArgumentException(name + " must be 1 to " + max + ", was " + value);
        }
    }
}
