package dev.sluice.sandbox;

import java.time.Duration;

/** Durations as OpenAI's headers write them, in Go's format: {@code 0s}, {@code 20ms}, {@code 1.5s}, {@code 6m0s}. */
final class GoDuration {
    private GoDuration() {}

    /** The duration in milliseconds, rounded up, as a server has to that asks a client to wait. */
    static long ceilMillis(Duration duration) {
        return duration.plusNanos(999_999).toMillis();
    }

    static String format(Duration duration) {
        long millis = ceilMillis(duration);
        if (millis > 0 && millis < 1000) {
            return millis + "ms";
        }
        StringBuilder text = new StringBuilder(12);
        long minutes = millis / 60_000;
        if (minutes >= 60) {
            text.append(minutes / 60).append('h');
        }
        if (minutes > 0) {
            text.append(minutes % 60).append('m');
        }
        text.append(millis / 1000 % 60);
        appendFraction(text, (int) (millis % 1000));
        return text.append('s').toString();
    }

    private static void appendFraction(StringBuilder text, int thousandths) {
        if (thousandths == 0) {
            return;
        }
        text.append('.');
        for (int rest = thousandths, digit = 100; rest > 0; rest %= digit, digit /= 10) {
            text.append(rest / digit);
        }
    }
}
