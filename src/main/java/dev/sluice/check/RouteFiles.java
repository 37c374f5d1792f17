package dev.sluice.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files below a directory that Camel would load as routes; those that look like it and are not are findings. */
final class RouteFiles {
    private static final String SUFFIX = ".camel.yaml";

    private RouteFiles() {}

    static List<Path> below(Path directory, Findings findings) {
        List<Path> yaml = yaml(directory, findings);
        yaml.stream()
                .filter(path -> !path.toString().endsWith(SUFFIX))
                .forEach(path -> findings.add(new Finding(
                        Kind.ADVICE,
                        path,
                        0,
                        0,
                        "the name does not end in " + SUFFIX + ", so it will not be loaded",
                        "rename it, or move it elsewhere")));
        Map<Boolean, List<Path>> loaded = yaml.stream()
                .filter(path -> path.toString().endsWith(SUFFIX))
                .collect(Collectors.partitioningBy(path -> directory.equals(path.getParent())));
        loaded.getOrDefault(false, List.of())
                .forEach(path -> findings.add(new Finding(
                        Kind.ADVICE,
                        path,
                        0,
                        0,
                        "it is in a subdirectory, so it will not be loaded",
                        "move it to its parent")));
        List<Path> routes = loaded.getOrDefault(true, List.of());
        if (routes.isEmpty()) {
            String problem = "there is no *" + SUFFIX + " in it";
            findings.add(new Finding(Kind.PROBLEM, directory, 0, 0, problem, "name another: --routes DIR"));
        }
        return routes;
    }

    private static List<Path> yaml(Path directory, Findings findings) {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .filter(path -> path.toString().matches(".*\\.ya?ml"))
                    .filter(path -> !hidden(directory.relativize(path)))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            String problem = "cannot be listed (" + e.getMessage() + ")";
            findings.add(new Finding(
                    Kind.PROBLEM, directory, 0, 0, problem, "let the user who runs this read it and what is below"));
            return List.of();
        }
    }

    /** Kubernetes mounts the files of a ConfigMap twice: as links, and in a directory whose name begins with dots. */
    private static boolean hidden(Path path) {
        for (Path part : path) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
