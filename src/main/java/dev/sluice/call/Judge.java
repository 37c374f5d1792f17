package dev.sluice.call;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.admit.Admission;
import dev.sluice.admit.Settlement;
import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.jspecify.annotations.Nullable;

/** Says what an attempt came to, from what the upstream said: the one place where outcomes become exceptions. */
public final class Judge {
    private final UpstreamKey key;
    private final RetryRules rules;
    private final Duration maxServerWait;
    private final Clock clock;
    private final Tally tally;

    /**
     * @param key the key in use, which must never appear in a message
     * @param rules what may be tried again
     * @param maxServerWait the longest wait that is waited here ({@code retry.max-server-wait-ms})
     */
    public Judge(UpstreamKey key, RetryRules rules, Duration maxServerWait, Clock clock, Tally tally) {
        this.key = key;
        this.rules = rules;
        this.maxServerWait = maxServerWait;
        this.clock = clock;
        this.tally = tally;
    }

    /** The attempt is complete; {@code usage} is the upstream's, possibly missing. */
    public void answered(Exchange exchange, JsonNode usage) {
        tally.used(promptTokens(usage), completionTokens(usage));
        Admission.endsAs(exchange, new Settlement(Settlement.Outcome.SUCCEEDED, totalTokens(usage)));
    }

    /** What the call has used in all; empty if the upstream does not say. */
    public static OptionalLong totalTokens(JsonNode usage) {
        long total = usage.has("total_tokens")
                ? tokens(usage, "total_tokens")
                : promptTokens(usage) + completionTokens(usage);
        return total > 0 ? OptionalLong.of(total) : OptionalLong.empty();
    }

    /** The exception for an answer that is an error: of a status that is not 2xx, or inside a 200. */
    public UpstreamException refused(Exchange exchange, int status, ErrorBody error) {
        Message response = exchange.getMessage();
        boolean insideA200 = status >= 200 && status < 300;
        int meant = insideA200 ? RetryRules.statusOf(error) : status;
        Optional<Duration> wait = RetryAfter.of(name -> header(response, name), clock.instant());
        boolean rate = RetryRules.isRate(meant, error);
        Admission.endsAs(exchange, rate ? Settlement.throttled(wait) : failed(meant));
        String code = RetryRules.isLargerThanLimit(meant, error)
                ? "request_larger_than_limit"
                : error.codeOr("http_" + meant);
        String message = message(meant, insideA200, error);
        boolean keyRenewed = meant == RetryRules.KEY_REFUSED && key.isRenewedSinceTheCall(exchange);
        if (!rules.mayRetry(meant, error, header(response, "x-should-retry"), keyRenewed)) {
            return rules.largerModel(error, () -> Request.of(exchange).model())
                    .<UpstreamException>map(larger -> new PromptTooLongException(meant, code, message, larger))
                    .orElseGet(() -> new FinalUpstreamException(meant, code, message));
        }
        if (wait.isPresent() && wait.get().compareTo(maxServerWait) > 0) {
            Admission.staysAway(exchange, wait.get());
            return new ServerWaitTooLongException(meant, code, wait.get(), maxServerWait, clock.instant());
        }
        return new RetryableUpstreamException(meant, code, message, wait);
    }

    /** The exception for an answer that ended before it was whole, or that is not one. */
    public RetryableUpstreamException truncated(String what) {
        return new RetryableUpstreamException(200, "truncated", key.redact(what));
    }

    /** Responses have other names for them. */
    private static long promptTokens(JsonNode usage) {
        return tokens(usage, usage.has("input_tokens") ? "input_tokens" : "prompt_tokens");
    }

    private static long completionTokens(JsonNode usage) {
        return tokens(usage, usage.has("output_tokens") ? "output_tokens" : "completion_tokens");
    }

    private static Settlement failed(int status) {
        boolean overload = status >= 500 && status != 501 && status != 505;
        return overload ? Settlement.overloaded() : Settlement.of(Settlement.Outcome.FAILED);
    }

    /** Nonsense counts as nothing. */
    private static long tokens(JsonNode usage, String name) {
        return usage.path(name).canConvertToInt() ? Math.max(0, usage.path(name).intValue()) : 0;
    }

    private String message(int status, boolean insideA200, ErrorBody error) {
        String said = key.redact(error.message()).replaceAll("[.;\\s]+$", "");
        return "upstream answered %s%d%s"
                .formatted(
                        insideA200 ? "200 with an error that means " : "", status, said.isEmpty() ? "" : ": " + said);
    }

    private static @Nullable String header(Message response, String name) {
        Object value = response.getHeader(name);
        return value instanceof List<?> several && !several.isEmpty() // sent more than once: the first counts
                ? String.valueOf(several.get(0))
                : response.getHeader(name, String.class);
    }
}
