package dev.sluice.front;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.admit.RequestLargerThanLimitException;
import dev.sluice.call.RetryableUpstreamException;
import dev.sluice.call.UpstreamException;
import dev.sluice.intake.Diagnosis;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.SluiceException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An error as a client of OpenAI's API expects it: {@code {"error":{"message","type","param","code"}}} and a status.
 *
 * @param status of the response
 * @param retryAfter when it is worth trying again; null: nothing is known
 * @param hopeless whether the same request can only fail again, which tells SDKs not to try
 */
record FrontError(
        int status,
        String type,
        String code,
        String message,
        @Nullable String param,
        @Nullable Duration retryAfter,
        boolean hopeless) {
    private static final Duration A_MOMENT = Duration.ofSeconds(1);
    private static final Duration A_RESTART = Duration.ofSeconds(5);

    static final FrontError STOPPING = unavailable("stopping", "Sluice is stopping");

    /** The request is wrong. */
    static FrontError wrong(int status, String code, String message) {
        return new FrontError(status, "invalid_request_error", code, message, null, null, true);
    }

    static FrontError busy(String message, Duration retryAfter) {
        return new FrontError(429, "requests", "rate_limit_exceeded", message, null, retryAfter, false);
    }

    static FrontError unavailable(String code, String message) {
        return new FrontError(503, "server_error", code, message, null, A_RESTART, false);
    }

    /** What a client is told of a failure; nothing of one that is not ours. */
    static FrontError of(Throwable failure, String requestId, Instant now) {
        if (failure instanceof InvalidMessageException e) {
            return new FrontError(e.status(), "invalid_request_error", e.code(), text(e), e.param(), null, true);
        }
        if (failure instanceof RequestLargerThanLimitException e) {
            return new FrontError(429, "tokens", e.code(), text(e), null, null, true);
        }
        if (failure instanceof SluiceException e && e.retryAt().isPresent()) {
            return later(e, Duration.between(now, e.retryAt().get()));
        }
        if (failure instanceof UpstreamException e) {
            return ofUpstream(e);
        }
        if (failure instanceof SluiceException e) {
            String type = e.status() == 429
                    ? "requests"
                    : e.status() >= 400 && e.status() < 500 ? "invalid_request_error" : "server_error";
            return e.status() == 503
                    ? unavailable(e.code(), text(e))
                    : new FrontError(
                            e.status(), type, e.code(), text(e), null, e.retryable() ? A_MOMENT : null, !e.retryable());
        }
        if (failure instanceof RejectedExecutionException) { // what Camel says of exchanges that it ends
            return STOPPING;
        }
        return new FrontError(
                500,
                "server_error",
                "internal_error",
                "internal error, see the log for " + requestId,
                null,
                null,
                true);
    }

    /** It is known when to try again. */
    private static FrontError later(SluiceException e, Duration wait) {
        return e.status() == 429
                ? new FrontError(429, "requests", e.code(), text(e), null, wait, false)
                : new FrontError(503, "server_error", e.code(), text(e), null, wait, false);
    }

    /** What a client did wrong is its own status; what the upstream or its key did is 502, 503 or 504. */
    private static FrontError ofUpstream(UpstreamException e) {
        if (!e.retryable()) {
            boolean ours = e.status() == 401 || e.status() == 403 || e.status() < 400 || e.status() >= 500;
            int status = ours ? 502 : e.status();
            String type = ours ? "server_error" : e.status() == 429 ? "insufficient_quota" : "invalid_request_error";
            return new FrontError(status, type, e.code(), advised(e), null, null, true);
        }
        Duration wait =
                e instanceof RetryableUpstreamException r ? r.retryAfter().orElse(A_MOMENT) : A_MOMENT;
        return switch (e.status()) {
            case 429 -> new FrontError(429, "requests", e.code(), advised(e), null, wait, false);
            case 503, 529 -> new FrontError(503, "server_error", e.code(), advised(e), null, wait, false);
            case 0, 408, 504 -> new FrontError(504, "server_error", e.code(), advised(e), null, null, true);
            default -> new FrontError(502, "server_error", e.code(), advised(e), null, null, true);
        };
    }

    /** Whole seconds, rounded up. */
    @Nullable
    String retryAfterSeconds() {
        return retryAfter == null
                ? null
                : Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds()));
    }

    ObjectNode json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        return root;
    }

    byte[] body() {
        return json().toString().getBytes(StandardCharsets.UTF_8);
    }

    /** With the next step: the format has one field for people. */
    private static String advised(UpstreamException e) {
        return Diagnosis.of(e).after(text(e));
    }

    private static String text(Exception e) {
        return String.valueOf(e.getMessage());
    }
}
