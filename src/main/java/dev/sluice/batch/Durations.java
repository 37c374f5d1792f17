package dev.sluice.batch;

import java.time.Duration;

/** Durations for people. */
final class Durations {

    private Durations() {}

    /** Like {@code 2h05m}, {@code 3m20s}, {@code 12s}. */
    static String shown(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds >= 3600) {
            return "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60);
        }
        return seconds >= 60 ? "%dm%02ds".formatted(seconds / 60, seconds % 60) : seconds + "s";
    }
}
