package dev.sluice.call;

import dev.sluice.intake.Diagnosis;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
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
 *   <li>401, and the key was renewed since the call ({@link UpstreamKey}): yes, with the new one
 *   <li>everything else: never; but if the prompt is too long for its model and {@code retry.larger-models} has a larger one,
 *       that one is asked
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

    /** The status that a key may be to blame for that has expired. */
    static final int KEY_REFUSED = 401;

    /** The code that a larger model may help against. */
    static final String PROMPT_TOO_LONG = "context_length_exceeded";

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
    public static final RetryRules USUAL = new RetryRules(Set.of(409, 425), Map.of());

    private final Set<Integer> advisory;
    private final Map<String, String> largerModels;

    /**
     * @param advisory more statuses that may be tried again ({@code retry.statuses})
     * @param largerModels which model is asked when a prompt is too long for another ({@code retry.larger-models}); {@code *}
     *     stands for every other
     */
    public RetryRules(Set<Integer> advisory, Map<String, String> largerModels) {
        for (int status : advisory) {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException("retry.statuses must hold statuses from 400 to 599, has " + status);
            }
        }
        this.advisory = Set.copyOf(advisory);
        this.largerModels = Map.copyOf(largerModels);
    }

    /**
     * Whether an attempt with this outcome may be followed by another.
     *
     * @param shouldRetry the header {@code x-should-retry}
     * @param keyRenewed whether there is another key by now than the one that was refused
     */
    boolean mayRetry(int status, ErrorBody error, @Nullable String shouldRetry, boolean keyRenewed) {
        if (isQuota(error)) {
            return false;
        }
        if ("true".equalsIgnoreCase(shouldRetry)) {
            return true;
        }
        if ("false".equalsIgnoreCase(shouldRetry) || isLargerThanLimit(status, error)) {
            return false;
        }
        return RETRYABLE.contains(status)
                || advisory.contains(status)
                || (status == KEY_REFUSED && keyRenewed)
                || (status >= 500 && status <= 599 && !FINAL_5XX.contains(status));
    }

    static boolean isQuota(ErrorBody error) {
        return QUOTA.contains(error.code()) || QUOTA.contains(error.type());
    }

    /** Whether a refusal is one by rate, which lowers the rate for all: of neither money nor a single request's size. */
    static boolean isRate(int status, ErrorBody error) {
        return (status == 429 || RATE.contains(error.code()) || RATE.contains(error.type()))
                && !isQuota(error)
                && !isLargerThanLimit(status, error);
    }

    /** The model to ask instead, if the prompt was too long for this one; empty if none is known. */
    Optional<String> largerModel(ErrorBody error, Supplier<String> model) {
        if (!error.code().equals(PROMPT_TOO_LONG) || largerModels.isEmpty()) {
            return Optional.empty();
        }
        String asked = model.get();
        return Optional.ofNullable(largerModels.getOrDefault(asked, largerModels.get("*")))
                .filter(larger -> !larger.equals(asked));
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

    /** Whether a 429 says, in words only, that the request alone is larger than the limit. */
    static boolean isLargerThanLimit(int status, ErrorBody error) {
        Matcher matcher = LARGER_THAN_LIMIT.matcher(error.message());
        if (status != 429 || !matcher.find()) {
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
