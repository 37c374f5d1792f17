package dev.sluice.check;

import java.util.Set;
import java.util.stream.Collectors;

/** Each placeholder has a value: from the configuration, the environment, the JVM or its own default. */
final class PlaceholderCheck implements Check {

    @Override
    public void run(Bundle bundle, Findings findings) {
        for (RouteFile file : bundle.files()) {
            Set<String> parameters = templateParameters(file);
            for (RouteFile.Scalar scalar : file.scalars()) {
                Set<String> local = scalar.keys().startsWith("routeTemplate") ? parameters : Set.of();
                new PlaceholderResolution(bundle, scalar.keys().last(), local, Source.of(file, scalar.node()), findings)
                        .check(scalar.text());
            }
        }
        for (Configuration.Property property : bundle.configuration().properties()) {
            Source source = offset -> new Source.Place(bundle.configuration().file(), property.line(), 0);
            new PlaceholderResolution(bundle, property.key(), Set.of(), source, findings).check(property.value());
        }
    }

    private static Set<String> templateParameters(RouteFile file) {
        return file.topLevel("routeTemplate").stream()
                .flatMap(template -> Nodes.get(template.value(), "parameters").stream())
                .flatMap(parameters -> Nodes.items(parameters).stream())
                .flatMap(parameter -> Nodes.text(parameter, "name").stream())
                .collect(Collectors.toSet());
    }
}
