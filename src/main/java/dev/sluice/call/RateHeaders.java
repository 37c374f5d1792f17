package dev.sluice.call;

import dev.sluice.admit.RateHints;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the headers of an answer say about the rate limit. They are hints: what is missing, malformed, not positive
 * or not by the minute is passed over, and a limit that is higher than the configured one changes nothing.
 *
 * <ul>
 *   <li>{@link Family#OPENAI}: {@code x-ratelimit-limit-requests}, {@code -remaining-requests}, {@code -reset-requests},
 *       the same with {@code -tokens}; a reset is a Go duration ({@code 20ms}, {@code 6m0s}), until the limit is full again
 *   <li>{@link Family#AZURE}: the same names, resets in whole seconds; {@code -1} is a placeholder
 *   <li>{@link Family#ANTHROPIC}: {@code anthropic-ratelimit-requests-limit}, {@code -remaining}, {@code -reset}, the same
 *       with {@code tokens}, {@code input-tokens} and {@code output-tokens}; a reset is a moment (RFC 3339), told by the
 *       {@code Date} of the answer if there is one, as clocks differ
 *   <li>{@link Family#LIST}: {@code x-ratelimit-limit: 1000, 1000;w=1, 60000;w=60} with windows in seconds, {@code
 *       x-ratelimit-remaining}, {@code x-ratelimit-reset} in seconds or as a Unix time
 * </ul>
 *
 * <p>When nothing remains, there is something again at the reset where a window ends then; where the limit refills
 * continuously (OpenAI, Anthropic), as soon as the next request is due, for tokens within a second.
 *
 * <p>A limit by the day is told by its reset: if what was used would take longer than {@value #MINUTE_AND_A_HALF} s to come
 * back were the limit all used, it is not one by the minute.
 */
public final class RateHeaders {
    private static final int MINUTE_AND_A_HALF = 90;
    private static final Duration TOO_SHORT_TO_TELL = Duration.ofSeconds(2);
    private static final Duration TOKENS_COME_BACK_WITHIN = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(31);
    private static final long SECONDS_SINCE_1970 = 1_000_000_000;
    private static final Pattern COUNT = Pattern.compile("\\d{1,12}");
    private static final Pattern GO_PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,12})?)(h|ms|m|s|us|µs|μs|ns)");
    private static final Pattern POLICY = Pattern.compile("(\\d{1,12})\\s*;\\s*w\\s*=\\s*(\\d{1,6})");

    private final Set<Family> families;

    /** A way to tell limits. */
    public enum Family {
        OPENAI,
        AZURE,
        ANTHROPIC,
        LIST
    }

    /** @param families those that are followed ({@code limit.headers}) */
    public RateHeaders(Set<Family> families) {
        this.families = families.isEmpty() ? EnumSet.noneOf(Family.class) : EnumSet.copyOf(families);
    }

    /** @param header value of a header by its name, whatever its case; null if absent */
    RateHints hints(UnaryOperator<@Nullable String> header, Instant now) {
        RateHints hints = RateHints.NONE;
        for (String unit : List.of("requests", "tokens")) {
            hints = hints.and(openAi(header, unit));
        }
        if (families.contains(Family.ANTHROPIC)) {
            for (String unit : List.of("requests", "tokens", "input-tokens", "output-tokens")) {
                hints = hints.and(anthropic(header, unit, now));
            }
        }
        return families.contains(Family.LIST) ? hints.and(list(header, now)) : hints;
    }

    private RateHints openAi(UnaryOperator<@Nullable String> header, String unit) {
        OptionalLong limit = count(header.apply("x-ratelimit-limit-" + unit));
        OptionalLong remaining = count(header.apply("x-ratelimit-remaining-" + unit));
        String reset = header.apply("x-ratelimit-reset-" + unit);
        OptionalLong seconds = count(reset);
        if (!families.contains(seconds.isPresent() ? Family.AZURE : Family.OPENAI)) {
            return RateHints.NONE;
        }
        return seconds.isPresent()
                ? window(unit, limit, remaining, Optional.of(duration(seconds.getAsLong())))
                : refilling(unit, limit, remaining, goDuration(reset));
    }

    private static RateHints anthropic(UnaryOperator<@Nullable String> header, String unit, Instant now) {
        String prefix = "anthropic-ratelimit-" + unit;
        OptionalLong limit = count(header.apply(prefix + "-limit"));
        OptionalLong remaining = count(header.apply(prefix + "-remaining"));
        Optional<Duration> reset = moment(header, prefix + "-reset", now);
        RateHints hints = refilling(unit.equals("requests") ? unit : "tokens", limit, remaining, reset);
        return unit.startsWith("input") || unit.startsWith("output") ? hints.withoutLimits() : hints;
    }

    private static RateHints list(UnaryOperator<@Nullable String> header, Instant now) {
        OptionalLong limit = OptionalLong.empty();
        String policies = header.apply("x-ratelimit-limit");
        Matcher matcher = POLICY.matcher(policies == null ? "" : policies);
        while (matcher.find()) {
            long window = Long.parseLong(matcher.group(2));
            long count = Long.parseLong(matcher.group(1));
            if (count > 0 && window > 0 && window <= 60) {
                limit = OptionalLong.of(Math.min(limit.orElse(Long.MAX_VALUE), count * 60 / window));
            }
        }
        Optional<Duration> reset = count(header.apply("x-ratelimit-reset")).stream()
                .map(seconds -> seconds < SECONDS_SINCE_1970 ? seconds : Math.max(0, seconds - now.getEpochSecond()))
                .mapToObj(RateHeaders::duration)
                .findFirst();
        Duration empty = count(header.apply("x-ratelimit-remaining")).orElse(1) == 0
                ? reset.orElse(Duration.ZERO)
                : Duration.ZERO;
        return new RateHints(limit, OptionalLong.empty(), empty);
    }

    private static RateHints window(String unit, OptionalLong limit, OptionalLong remaining, Optional<Duration> reset) {
        return hints(unit, byTheMinute(limit, remaining, reset), empty(remaining, reset));
    }

    private static RateHints refilling(
            String unit, OptionalLong limit, OptionalLong remaining, Optional<Duration> reset) {
        OptionalLong perMinute = byTheMinute(limit, remaining, reset);
        Duration empty = empty(remaining, reset);
        Duration next = unit.equals("tokens")
                ? TOKENS_COME_BACK_WITHIN
                : perMinute.isPresent() ? Duration.ofMinutes(1).dividedBy(perMinute.getAsLong()) : empty;
        return hints(unit, perMinute, empty.compareTo(next) < 0 ? empty : next);
    }

    private static RateHints hints(String unit, OptionalLong perMinute, Duration empty) {
        return unit.equals("tokens")
                ? new RateHints(OptionalLong.empty(), perMinute, empty)
                : new RateHints(perMinute, OptionalLong.empty(), empty);
    }

    private static Duration empty(OptionalLong remaining, Optional<Duration> reset) {
        return remaining.orElse(1) == 0 ? reset.orElse(Duration.ZERO) : Duration.ZERO;
    }

    private static OptionalLong byTheMinute(OptionalLong limit, OptionalLong remaining, Optional<Duration> reset) {
        if (limit.orElse(0) == 0) {
            return OptionalLong.empty();
        }
        long used = limit.getAsLong() - remaining.orElse(limit.getAsLong());
        Duration back = reset.orElse(Duration.ZERO);
        boolean longer = used > 0
                && back.compareTo(TOO_SHORT_TO_TELL) > 0
                && (double) back.toMillis() / 1_000 * limit.getAsLong() / used > MINUTE_AND_A_HALF;
        return longer ? OptionalLong.empty() : limit;
    }

    /** A whole number that is not negative. */
    private static OptionalLong count(@Nullable String value) {
        return value != null && COUNT.matcher(value.strip()).matches()
                ? OptionalLong.of(Long.parseLong(value.strip()))
                : OptionalLong.empty();
    }

    private static Duration duration(long seconds) {
        return Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds()));
    }

    private static Optional<Duration> goDuration(@Nullable String value) {
        String text = value == null ? "" : value.strip().toLowerCase(Locale.ROOT);
        Matcher part = GO_PART.matcher(text);
        double seconds = 0;
        int end = 0;
        while (part.find() && part.start() == end) {
            end = part.end();
            seconds += Double.parseDouble(part.group(1)) * unitSeconds(part.group(2));
        }
        return text.isEmpty() || end != text.length()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos((long) (Math.min(seconds, LONGEST.toSeconds()) * 1e9)));
    }

    private static double unitSeconds(String unit) {
        return switch (unit) {
            case "h" -> 3600;
            case "m" -> 60;
            case "s" -> 1;
            case "ms" -> 1e-3;
            case "ns" -> 1e-9;
            default -> 1e-6;
        };
    }

    private static Optional<Instant> instant(@Nullable String value) {
        try {
            return value == null
                    ? Optional.empty()
                    : Optional.of(OffsetDateTime.parse(value.strip()).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** How long after the answer was sent that is; by the clock here if the answer does not tell. */
    private static Optional<Duration> moment(UnaryOperator<@Nullable String> header, String name, Instant now) {
        return instant(header.apply(name)).map(at -> {
            Instant sent = RetryAfter.moment(header.apply("date"), now).orElse(now);
            Duration until = Duration.between(sent, at);
            return until.isNegative() ? Duration.ZERO : until.compareTo(LONGEST) > 0 ? LONGEST : until;
        });
    }
}
