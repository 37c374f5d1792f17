package dev.sluice;

import dev.sluice.call.UpstreamKey;
import java.io.IOException;
import java.nio.file.Path;

/** The key of the upstream, from the configuration: itself, or {@code file:PATH}. */
final class UpstreamKeys {
    private static final String SETTING = "upstream.api-key";
    private static final String FILE = "file:";

    private UpstreamKeys() {}

    static UpstreamKey from(Settings settings) {
        String value = settings.text(SETTING);
        try {
            if (!value.startsWith(FILE)) {
                return UpstreamKey.of(value);
            }
            return UpstreamKey.inFile(Path.of(value.substring(FILE.length()).strip()));
        } catch (IllegalArgumentException e) {
            throw new Settings.ConfigurationException(
                    "%s: %s; set it in config/application.properties or OPENAI_API_KEY in the environment"
                            .formatted(SETTING, e.getMessage()));
        } catch (IOException e) {
            throw Settings.wrong(
                    SETTING, value, "a key, or file: and the path of a file that holds one (%s)".formatted(e));
        }
    }
}
