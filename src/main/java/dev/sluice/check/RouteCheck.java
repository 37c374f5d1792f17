package dev.sluice.check;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads the routes below a directory together with their configuration, and tells what is wrong. It starts nothing,
 * connects to nothing and changes nothing; files that cannot be parsed are findings, and the others are still checked.
 */
public final class RouteCheck {
    private static final List<Check> CHECKS = List.of(
            new SchemaCheck(),
            new PlaceholderCheck(),
            new ConfigurationCheck(),
            new IdCheck(),
            new CallCheck(),
            new BeanCheck(),
            new ClassCheck(),
            new LanguageCheck(),
            new EndpointCheck());

    private final Path routes;
    private final Path config;
    private final Known known;

    /**
     * @param routes a directory that exists
     * @param config the directory with {@code application.properties}
     */
    public RouteCheck(Path routes, Path config, Known known) {
        this.routes = routes;
        this.config = config;
        this.known = known;
    }

    /** What is wrong, by file and line; problems and advice. */
    public List<Finding> run() {
        return report().findings();
    }

    Report report() {
        Findings findings = new Findings();
        Configuration configuration = Configuration.read(config, findings);
        YamlReader reader = new YamlReader(findings);
        List<Path> paths = RouteFiles.below(routes, findings);
        List<RouteFile> files =
                paths.stream().map(reader::read).flatMap(Optional::stream).toList();
        Bundle bundle = new Bundle(files, configuration, known);
        CHECKS.forEach(check -> check.run(bundle, findings));
        return new Report(
                findings.sorted(),
                paths.size(),
                files.stream().mapToInt(RouteCheck::routes).sum());
    }

    private static int routes(RouteFile file) {
        return file.topLevel("route").size() + file.topLevel("from").size();
    }
}
