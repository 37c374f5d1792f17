package dev.sluice.check;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A properties file with the line of each key, which {@link Properties} forgets.
 *
 * @param properties in the order of the file, with keys that come twice
 */
record Configuration(Path file, List<Property> properties) {
    static final String FILE = "application.properties";

    record Property(String key, String value, int line) {}

    /** The file {@value #FILE} of a directory; without keys, after a finding, if it cannot be read. */
    static Configuration read(Path directory, Findings findings) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            findings.add(new Finding(
                    Kind.PROBLEM,
                    file,
                    0,
                    0,
                    "there is no such file",
                    "restore it, or name another directory: --config DIR"));
            return new Configuration(file, List.of());
        }
        return new Configuration(
                file, TextFile.read(file, findings).map(Configuration::parse).orElse(List.of()));
    }

    /** How an integrator knows the file: {@code config/application.properties}. */
    String name() {
        Path directory = file.toAbsolutePath().normalize().getParent();
        return directory == null || directory.getFileName() == null ? FILE : directory.getFileName() + "/" + FILE;
    }

    Set<String> keys() {
        return properties.stream().map(Property::key).collect(Collectors.toSet());
    }

    /** Logical lines as java.util.Properties has them: an odd number of backslashes at the end joins the next line. */
    private static List<Property> parse(String text) {
        List<Property> properties = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            int first = i;
            StringBuilder logical = new StringBuilder(lines.get(i));
            boolean comment =
                    lines.get(i).strip().startsWith("#") || lines.get(i).strip().startsWith("!");
            while (!comment && continued(lines.get(i)) && i + 1 < lines.size()) {
                i++;
                logical.append('\n').append(lines.get(i));
            }
            Properties one = load(logical.toString());
            one.stringPropertyNames()
                    .forEach(key -> properties.add(new Property(key, one.getProperty(key, ""), first + 1)));
        }
        return properties;
    }

    private static boolean continued(String line) {
        int backslashes = 0;
        while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }

    private static Properties load(String line) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringReader does not fail
        } catch (IllegalArgumentException e) {
            return properties; // a bad Unicode escape: the line has no key
        }
        return properties;
    }
}
