package dev.sluice.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A directory with routes and a configuration, written by a test and checked. */
final class CheckedBundle {
    static final Set<String> KEYS = Set.of(
            "folder.inbox",
            "folder.outbox",
            "upstream.url",
            "upstream.api-key",
            "throttle.max-concurrent",
            "retry.max",
            "split.unit",
            "jms.dead-queue",
            "intakes");
    static final Set<String> BEANS = Set.of("folder", "admit", "call", "retryAfter", "requestIds");

    private final Path directory;
    private Map<String, String> environment = Map.of();
    private Map<String, String> system = Map.of();

    CheckedBundle(Path directory) {
        this.directory = directory;
        configuration("");
    }

    CheckedBundle configuration(String text) {
        return file("application.properties", text);
    }

    CheckedBundle file(String name, String text) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.resolveSibling("."));
            Files.writeString(file, text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CheckedBundle environment(Map<String, String> variables) {
        environment = variables;
        return this;
    }

    CheckedBundle system(Map<String, String> properties) {
        system = properties;
        return this;
    }

    /** The findings as lines, with the directory left out. */
    List<String> findings() {
        return report().findings().stream()
                .map(finding -> finding.toString().replace(directory + "/", ""))
                .toList();
    }

    Report report() {
        return new RouteCheck(directory, directory, new Known(KEYS, Set.of(), BEANS, environment, system)).report();
    }
}
