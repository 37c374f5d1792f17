package dev.sluice.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Ids of routes and steps are unique over all files, as Camel demands; a route configuration that a route names exists;
 * routes say who they are.
 */
final class IdCheck implements Check {

    @Override
    public void run(Bundle bundle, Findings findings) {
        unique(bundle, findings);
        configurations(bundle, findings);
        bundle.files().forEach(file -> anonymous(file, findings));
    }

    private static void unique(Bundle bundle, Findings findings) {
        Set<String> holders = new HashSet<>(List.of("route", "when", "otherwise"));
        holders.addAll(stepNames());
        Map<String, String> first = new HashMap<>();
        for (RouteFile file : bundle.files()) {
            for (RouteFile.Scalar id : file.scalars()) {
                Keys keys = id.keys();
                boolean step = keys.last().equals("id") && holders.contains(keys.parent()) && !keys.free();
                boolean started = keys.startsWith("route") || keys.startsWith("from");
                if (!step || !started || id.text().contains("{{")) {
                    continue;
                }
                String before = first.putIfAbsent(id.text(), file.path().getFileName() + ":" + line(id.node()));
                if (before != null) {
                    findings.problem(
                            file.path(),
                            id.node(),
                            "duplicate id '" + id.text() + "'; it is also at " + before,
                            "give each route and each step an id of its own");
                }
            }
        }
    }

    private static Set<String> stepNames() {
        return Schema.canonical()
                .items()
                .property("from")
                .flatMap(from -> from.property("steps"))
                .map(steps -> Set.copyOf(steps.items().properties()))
                .orElse(Set.of());
    }

    private static void configurations(Bundle bundle, Findings findings) {
        Set<String> names = new TreeSet<>();
        for (RouteFile file : bundle.files()) {
            file.topLevel("routeConfiguration").forEach(configuration -> Nodes.text(configuration.value(), "id")
                    .ifPresent(names::add));
        }
        for (RouteFile file : bundle.files()) {
            file.scalars().stream()
                    .filter(scalar -> scalar.keys().last().equals("routeConfigurationId"))
                    .flatMap(scalar -> Stream.of(scalar.text().split(","))
                            .map(String::strip)
                            .filter(name -> !pattern(name) && !names.contains(name))
                            .map(name -> Map.entry(scalar, name)))
                    .forEach(missing -> findings.problem(
                            file.path(),
                            missing.getKey().node(),
                            "there is no routeConfiguration '" + missing.getValue() + "'",
                            Nearest.remedy(
                                    missing.getValue(), names, "write one with that id, or remove the reference")));
        }
    }

    /** Camel matches route configurations by wildcard or regular expression too. */
    private static boolean pattern(String name) {
        return !name.matches("[\\w.:-]+");
    }

    private static void anonymous(RouteFile file, Findings findings) {
        for (Nodes.Entry route : file.topLevel("route")) {
            for (String key : List.of("id", "description")) {
                if (Nodes.text(route.value(), key).isEmpty()) {
                    findings.advice(
                            file.path(),
                            route.keyNode(),
                            "route without " + key,
                            key.equals("id")
                                    ? "add 'id:'; logs and metrics name it"
                                    : "add 'description:'; say in a sentence what happens to a message");
                }
            }
        }
        file.topLevel("from")
                .forEach(from -> findings.advice(
                        file.path(),
                        from.keyNode(),
                        "route without id and description",
                        "wrap 'from' in '- route:' with 'id:' and 'description:'"));
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }
}
