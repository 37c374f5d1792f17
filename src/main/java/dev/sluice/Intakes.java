package dev.sluice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which intakes start: the names in {@code intakes}, each a file {@code intake-<name>.camel.yaml}. */
final class Intakes {
    private static final String PREFIX = "intake-";
    private static final String SUFFIX = ".camel.yaml";

    private Intakes() {}

    static List<String> chosen(String intakes) {
        return Settings.words(intakes).toList();
    }

    /** Fails if an intake is chosen that there is no route for. */
    static void check(String intakes, Path routes) {
        Set<String> known = known(routes);
        for (String name : chosen(intakes)) {
            if (!known.contains(name)) {
                throw new Settings.ConfigurationException("intakes names '%s', but %s has no %s; there are: %s"
                        .formatted(name, routes, PREFIX + name + SUFFIX, String.join(", ", known)));
            }
        }
    }

    private static Set<String> known(Path routes) {
        try (Stream<Path> files = Files.list(routes)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(PREFIX) && name.endsWith(SUFFIX))
                    .map(name -> name.substring(PREFIX.length(), name.length() - SUFFIX.length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new Settings.ConfigurationException("cannot list the routes in %s: %s".formatted(routes, e));
        }
    }
}
