package dev.sluice.admit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The scripts of the limiter, which run in Redis; each file in {@code lua/} begins with its contract. */
enum Script {
    DECIDE,
    RESUME,
    PLACES;

    private final String text = read("state") + read(name().toLowerCase(Locale.ROOT));

    String text() {
        return text;
    }

    private static String read(String name) {
        String path = "/lua/" + name + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException(path + " is missing on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
