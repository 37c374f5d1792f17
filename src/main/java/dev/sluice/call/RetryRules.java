package dev.sluice.call;

import dev.sluice.intake.Diagnosis;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which outcomes of a call may be tried again. The rules, first match wins:
 *
 * <ol>
 *   <li>a code or type in {@link #QUOTA}: never, whatever else is said; it is money, not rate
 *   <li>header {@code x-should-retry: true|false}: as it says
 *   <li>429 whose message says that the request alone is larger than the limit ({@code Limit N … Requested R}, R &gt; N):
 *       never
 *   <li>status in {@link #RETRYABLE} or in {@code retry.statuses}, or any other 5xx but 501 and 505: yes
 *   <li>everything else: never
 * </ol>
 *
 * <p>An error inside a 200 is judged by the status that its code or type stands for, see {@link #statusOf}. Source:
 * OpenAI's error documentation and the retry rules of the official SDKs. 409 and 425 are advisory, reasonable systems
 * differ: they are the default of {@code retry.statuses}.
 */
public final class RetryRules {

    /** Codes and types of {@code error} that mean that the account has run out of money. */
    static final Set<String> QUOTA = Diagnosis.OUT_OF_MONEY.codes();

    /** Statuses below 500 that may be tried again, whatever the configuration says. */
    static final Set<Integer> RETRYABLE = Set.of(408, 429);

    /** Codes and types that ask for a lower rate, with any status: OpenAI sends {@code slow_down} with a 503. */
    static final Set<String> RATE = Set.of("slow_down", "rate_limit_exceeded", "rate_limit_error");

    /** Statuses from 500 that may not. */
    static final Set<Integer> FINAL_5XX = Set.of(501, 505);

    /** What a code or type inside a 200 stands for. */
    private static final Map<String, Integer> STATUS_OF = Map.ofEntries(
            Map.entry("rate_limit_exceeded", 429),
            Map.entry("rate_limit_error", 429),
            Map.entry("slow_down", 429),
            Map.entry("requests", 429),
            Map.entry("tokens", 429),
            Map.entry("overloaded_error", 529),
            Map.entry("server_error", 500),
            Map.entry("api_error", 500),
            Map.entry("internal_error", 500),
            Map.entry("timeout", 504),
            Map.entry("invalid_request_error", 400),
            Map.entry("context_length_exceeded", 400),
            Map.entry("content_policy_violation", 400),
            Map.entry("content_filter", 400),
            Map.entry("authentication_error", 401),
            Map.entry("invalid_api_key", 401),
            Map.entry("permission_error", 403),
            Map.entry("not_found_error", 404),
            Map.entry("model_not_found", 404));

    private static final Pattern LARGER_THAN_LIMIT =
            Pattern.compile("Limit:?\\s+([\\d,]+).{0,80}?Requested:?\\s+([\\d,]+)", Pattern.CASE_INSENSITIVE);

    /** With the advisory statuses that are retried unless configured otherwise. */
    public static final RetryRules USUAL = new RetryRules(Set.of(409, 425));

    private final Set<Integer> advisory;

    /** @param advisory more statuses that may be tried again ({@code retry.statuses}) */
    public RetryRules(Set<Integer> advisory) {
        for (int status : advisory) {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException("retry.statuses must hold statuses from 400 to 599, has " + status);
            }
        }
        this.advisory = Set.copyOf(advisory);
    }

    /** Whether an attempt with this outcome may be followed by another. */
    boolean mayRetry(int status, ErrorBody error, @Nullable String shouldRetry) {
        if (isQuota(error)) {
            return false;
        }
        if ("true".equalsIgnoreCase(shouldRetry)) {
            return true;
        }
        if ("false".equalsIgnoreCase(shouldRetry) || (status == 429 && isLargerThanLimit(error.message()))) {
            return false;
        }
        return RETRYABLE.contains(status)
                || advisory.contains(status)
                || (status >= 500 && status <= 599 && !FINAL_5XX.contains(status));
    }

    static boolean isQuota(ErrorBody error) {
        return QUOTA.contains(error.code()) || QUOTA.contains(error.type());
    }

    /** Whether a refusal is one by rate, which lowers the rate for all. */
    static boolean isRate(int status, ErrorBody error) {
        return (status == 429 || RATE.contains(error.code()) || RATE.contains(error.type())) && !isQuota(error);
    }

    /** The HTTP status that an error inside a 200 stands for; 500 if it does not say. */
    static int statusOf(ErrorBody error) {
        for (String word : new String[] {error.code(), error.type()}) {
            Integer status = STATUS_OF.get(word);
            if (status != null) {
                return status;
            }
            if (word.matches("[45]\\d\\d")) {
                return Integer.parseInt(word);
            }
        }
        return isQuota(error) ? 429 : 500;
    }

    private static boolean isLargerThanLimit(String message) {
        Matcher matcher = LARGER_THAN_LIMIT.matcher(message);
        if (!matcher.find()) {
            return false;
        }
        OptionalLong limit = number(matcher.group(1));
        OptionalLong requested = number(matcher.group(2));
        return limit.isPresent() && requested.isPresent() && requested.getAsLong() > limit.getAsLong();
    }

    private static OptionalLong number(String digits) {
        String plain = digits.replace(",", "");
        return plain.isEmpty() || plain.length() > 18 ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(plain));
    }
}
