package dev.sluice;

import dev.sluice.admit.Limit;

/**
 * How many requests a minute a limit allows: {@code requests-per-minute}, or, where it is set, {@code max-requests} in
 * {@code window-seconds}, evened out. 100 in 10 s are 600 a minute, and one every 100 ms beyond the burst.
 */
final class RequestRate {
    private static final int LONGEST_WINDOW = 86_400;

    private RequestRate() {}

    /** Of the limit that all others start from. */
    static int of(Settings settings) {
        return of(settings, "limit.");
    }

    /**
     * Of a limit; what it does not say itself is as in {@code limit.}.
     *
     * @param section ends with a dot
     */
    static int of(Settings settings, String section) {
        if (!settings.text(section + "max-requests").isEmpty()) {
            return perWindow(settings, section, section);
        }
        if (!settings.text(section + "requests-per-minute").isEmpty() && !section.equals("limit.")) {
            return settings.integer(section + "requests-per-minute", 1, Limit.MAX_REQUESTS_PER_MINUTE);
        }
        return settings.text("limit.max-requests").isEmpty()
                ? settings.integer("limit.requests-per-minute", 1, Limit.MAX_REQUESTS_PER_MINUTE)
                : perWindow(settings, section, "limit.");
    }

    private static int perWindow(Settings settings, String section, String counted) {
        String key = counted + "max-requests";
        String own = section + "window-seconds";
        long window = settings.whole(settings.text(own).isEmpty() ? "limit.window-seconds" : own, 1, LONGEST_WINDOW);
        long perMinute = settings.whole(key, 1, Integer.MAX_VALUE) * 60 / window;
        if (perMinute < 1 || perMinute > Limit.MAX_REQUESTS_PER_MINUTE) {
            throw Settings.wrong(
                    key,
                    settings.text(key),
                    "from 1 to %d a minute in a window of %d s".formatted(Limit.MAX_REQUESTS_PER_MINUTE, window));
        }
        return (int) perMinute;
    }
}
