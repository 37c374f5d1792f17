package dev.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.Set;

/** The shipped {@code config/application.properties}, which is also inside the program: every key and its default. */
final class Defaults {
    static final String RESOURCE = "dev/sluice/application.properties";

    private Defaults() {}

    static Set<String> keys() {
        try (InputStream in = Defaults.class.getResourceAsStream("application.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.stringPropertyNames();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
