package dev.sluice;

import dev.sluice.call.RetryRules;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What is tried again, from the configuration. */
final class Retries {

    private Retries() {}

    static RetryRules rules(Settings settings) {
        String statuses = settings.text("retry.statuses");
        try {
            return new RetryRules(Arrays.stream(statuses.split(","))
                    .map(String::strip)
                    .filter(status -> !status.isEmpty())
                    .map(Integer::valueOf)
                    .collect(Collectors.toSet()));
        } catch (IllegalArgumentException e) { // a number format, too
            throw Settings.wrong("retry.statuses", statuses, "statuses from 400 to 599, separated by commas");
        }
    }
}
