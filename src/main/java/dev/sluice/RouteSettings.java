package dev.sluice;

import java.nio.file.Path;

/** Settings that no bean reads, only a route or Camel, which would take a wrong one for something else. */
final class RouteSettings {

    private RouteSettings() {}

    /** Fails with the first that is wrong. */
    static void check(Settings settings, Path routes) {
        Intakes.check(settings.text("intakes"), routes);
        settings.millis("folder.poll-ms", 1);
        settings.integer("throttle.requests-per-period", 1, 1_000_000);
        settings.millis("throttle.period-ms", 1);
        settings.millis("upstream.connect-timeout-ms", 1);
        settings.millis("upstream.first-byte-timeout-ms", 1);
        settings.integer("retry.max", 0, Integer.MAX_VALUE);
        int base = settings.integer("retry.base-ms", 0, Integer.MAX_VALUE);
        settings.number("retry.multiplier", 1, 100);
        settings.millis("retry.max-ms", base);
        settings.integer("manage.port", 0, 65_535);
        settings.millis("progress.every-ms", 100);
        Dispatch.atOnce(settings);
    }
}
