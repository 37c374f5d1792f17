package dev.sluice;

import dev.sluice.call.RetryRules;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What is tried again, from the configuration. */
final class Retries {

    private Retries() {}

    static RetryRules rules(Settings settings) {
        Map<String, String> largerModels = largerModels(settings.text("retry.larger-models"));
        String statuses = settings.text("retry.statuses");
        try {
            return new RetryRules(
                    Settings.words(statuses).map(Integer::valueOf).collect(Collectors.toSet()), largerModels);
        } catch (IllegalArgumentException e) { // a number format, too
            throw Settings.wrong("retry.statuses", statuses, "statuses from 400 to 599, separated by commas");
        }
    }

    private static Map<String, String> largerModels(String text) {
        Map<String, String> models = new HashMap<>();
        Settings.words(text).forEach(pair -> {
            String[] names = pair.split("=", -1);
            if (names.length != 2 || names[0].isBlank() || names[1].isBlank()) {
                throw Settings.wrong(
                        "retry.larger-models",
                        text,
                        "pairs such as gpt-4o-mini=gpt-4.1,*=gpt-4.1, separated by commas");
            }
            models.put(names[0].strip(), names[1].strip());
        });
        return models;
    }
}
