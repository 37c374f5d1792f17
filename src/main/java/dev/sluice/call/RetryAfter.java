package dev.sluice.call;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How long an upstream asks to wait: {@code retry-after-ms} and {@code x-ms-retry-after-ms} (milliseconds, decimal), then
 * {@code Retry-After} (seconds, whole or decimal, or an HTTP-date in one of its three forms; a past date is zero). What
 * is negative, empty or malformed is passed over. Source: RFC 9110 §10.2.3 and §5.6.7, the official SDKs.
 */
final class RetryAfter {
    /** Nobody waits longer; also keeps absurd figures and dates within what a long counts in nanoseconds. */
    private static final Duration MAX = Duration.ofDays(3650);

    private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(MAX.toSeconds());

    private RetryAfter() {}

    /** @param header value of a response header by its name, whatever its case; null if absent */
    static Optional<Duration> of(UnaryOperator<@Nullable String> header, Instant now) {
        return millis(header.apply("retry-after-ms"))
                .or(() -> millis(header.apply("x-ms-retry-after-ms")))
                .or(() -> seconds(header.apply("retry-after"), BigDecimal.ONE))
                .or(() -> date(header.apply("retry-after"), now));
    }

    private static Optional<Duration> millis(@Nullable String value) {
        return seconds(value, new BigDecimal("0.001"));
    }

    private static Optional<Duration> seconds(@Nullable String value, BigDecimal unit) {
        if (value == null || !value.strip().matches("\\d{1,18}(\\.\\d{0,18})?")) {
            return Optional.empty();
        }
        BigDecimal seconds = new BigDecimal(value.strip()).multiply(unit).min(MAX_SECONDS);
        return Optional.of(Duration.ofNanos(seconds.movePointRight(9).longValue()));
    }

    private static Optional<Duration> date(@Nullable String value, Instant now) {
        return moment(value, now).map(at -> Duration.between(now, at)).map(wait -> {
            if (wait.isNegative()) {
                return Duration.ZERO;
            }
            return wait.compareTo(MAX) > 0 ? MAX : wait;
        });
    }

    /** An HTTP-date in one of its three forms; malformed is passed over. */
    static Optional<Instant> moment(@Nullable String value, Instant now) {
        if (value == null) {
            return Optional.empty();
        }
        for (DateTimeFormatter format : formats(now)) {
            try {
                return Optional.of(ZonedDateTime.parse(value.strip(), format).toInstant());
            } catch (DateTimeException e) {
                // one of the other forms, or none
            }
        }
        return Optional.empty();
    }

    /** IMF-fixdate, RFC 850 (a year of two digits lies at most 50 years ahead), asctime. */
    private static List<DateTimeFormatter> formats(Instant now) {
        DateTimeFormatter rfc850 = new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(
                        ChronoField.YEAR, 2, 2, now.atZone(ZoneOffset.UTC).getYear() - 49)
                .appendPattern(" HH:mm:ss z")
                .toFormatter(Locale.US);
        DateTimeFormatter asctime = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US)
                .withZone(ZoneOffset.UTC);
        return List.of(DateTimeFormatter.RFC_1123_DATE_TIME, rfc850, asctime);
    }
}
