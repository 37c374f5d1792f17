package dev.sluice;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/** A moment as a person writes it: {@code 2026-11-23}, {@code 2026-11-23T10:15:00Z}, or how long ago: {@code 90m}. */
final class Since {

    private Since() {}

    /** @param clock tells now, and the zone of a date without time */
    static Instant parse(String text, Clock clock) throws DateTimeException {
        if (text.matches("\\d{1,6}[smhd]")) {
            long number = Long.parseLong(text.substring(0, text.length() - 1));
            Duration ago =
                    switch (text.charAt(text.length() - 1)) {
                        case 's' -> Duration.ofSeconds(number);
                        case 'm' -> Duration.ofMinutes(number);
                        case 'h' -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    };
            return clock.instant().minus(ago);
        }
        return text.contains("T")
                ? Instant.parse(text)
                : LocalDate.parse(text).atStartOfDay(clock.getZone()).toInstant();
    }
}
