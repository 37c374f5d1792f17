package dev.sluice.sandbox;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls in by requests and by tokens per minute, both or neither: a call that is refused drains nothing.
 *
 * <p>Thread-safe.
 */
final class RateLimits {

    private final @Nullable Quota requests;
    private final @Nullable Quota tokens;

    RateLimits(SandboxConfig config, LongSupplier nanos) {
        requests = quota(config.requestsPerMinute(), config, nanos);
        tokens = quota(config.tokensPerMinute(), config, nanos);
    }

    /** Whether the other configuration means the same limits, so that these can stay as full as they are. */
    static boolean same(SandboxConfig one, SandboxConfig other) {
        return one.requestsPerMinute() == other.requestsPerMinute()
                && one.tokensPerMinute() == other.tokensPerMinute()
                && one.burst().equals(other.burst())
                && one.limitShape() == other.limitShape();
    }

    /** Lets a call in, or says why not. */
    synchronized Behaviour.@Nullable Failure admit(String model, long cost) {
        Behaviour.Failure refusal = refusal(model, cost);
        if (refusal == null) {
            drain(requests, 1);
            drain(tokens, cost);
        }
        return refusal;
    }

    private Behaviour.@Nullable Failure refusal(String model, long cost) {
        if (tokens != null && cost > tokens.perMinute()) {
            return tooLarge(model, cost, tokens.perMinute());
        }
        Duration forRequests = requests == null ? Duration.ZERO : requests.delay(1);
        Duration forTokens = tokens == null ? Duration.ZERO : tokens.delay(cost);
        if (tokens != null && forTokens.compareTo(forRequests) > 0) {
            return reached(model, "tokens", "tokens per min (TPM)", tokens, cost, forTokens);
        }
        if (requests != null && !forRequests.isZero()) {
            return reached(model, "requests", "requests per min (RPM)", requests, 1, forRequests);
        }
        return null;
    }

    /** {@code x-ratelimit-*} as they are now; empty where there is no limit. */
    synchronized Map<String, String> headers() {
        if (requests == null && tokens == null) {
            return Map.of();
        }
        Map<String, String> headers = new TreeMap<>();
        describe(headers, requests, "requests");
        describe(headers, tokens, "tokens");
        return headers;
    }

    private static void describe(Map<String, String> headers, @Nullable Quota quota, String dimension) {
        if (quota != null) {
            headers.put("x-ratelimit-limit-" + dimension, Long.toString(quota.perMinute()));
            headers.put("x-ratelimit-remaining-" + dimension, Long.toString(quota.remaining()));
            headers.put("x-ratelimit-reset-" + dimension, GoDuration.format(quota.reset()));
        }
    }

    private static Behaviour.Failure reached(
            String model, String type, String what, Quota quota, long cost, Duration delay) {
        String message = "Rate limit reached for %s on %s: Limit %d, Used %d, Requested %d. Please try again in %s."
                .formatted(
                        model,
                        what,
                        quota.perMinute(),
                        Math.max(0, quota.perMinute() - quota.remaining()),
                        cost,
                        GoDuration.format(delay));
        return Behaviour.Failure.of(429, type, "rate_limit_exceeded", message).after(delay);
    }

    private static Behaviour.Failure tooLarge(String model, long cost, long limit) {
        String message =
                ("Request too large for %s on tokens per min (TPM): Limit %d, Requested %d. The input or output"
                                + " tokens must be reduced in order to run successfully.")
                        .formatted(model, limit, cost);
        return Behaviour.Failure.of(429, "tokens", "rate_limit_exceeded", message);
    }

    private static @Nullable Quota quota(long perMinute, SandboxConfig config, LongSupplier nanos) {
        return perMinute == 0 ? null : config.limitShape().of(perMinute, config.burst(), nanos);
    }

    private static void drain(@Nullable Quota quota, long cost) {
        if (quota != null) {
            quota.drain(cost);
        }
    }
}
