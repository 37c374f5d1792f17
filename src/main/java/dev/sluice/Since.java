package dev.sluice;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/** A moment as a person writes it: {@code 2026-11-23}, {@code 2026-11-23T10:15:00Z}, or how long ago: {@code 90m}. */
final class Since {

    private Since() {}

    /** @param clock tells now, and the zone of a date without time */
    static Instant parse(String text, Clock clock) throws DateTimeException {
        return Settings.asDuration(text)
                .map(clock.instant()::minus)
                .orElseGet(() -> text.contains("T")
                        ? Instant.parse(text)
                        : LocalDate.parse(text).atStartOfDay(clock.getZone()).toInstant());
    }
}
