package dev.sluice.check;

import java.util.List;
import java.util.Optional;

/** Each expression is in a language whose jar is on the classpath; the schema names all that Camel ever had. */
final class LanguageCheck implements Check {
    private static final String SERVICES = "META-INF/services/org/apache/camel/language/";

    @Override
    public void run(Bundle bundle, Findings findings) {
        List<String> languages = languages();
        for (RouteFile file : bundle.files()) {
            for (RouteFile.Mapping mapping : file.mappings()) {
                if (languages.contains(mapping.keys().last()) && !mapping.keys().free()) {
                    check(file, mapping, findings);
                }
            }
        }
    }

    private static List<String> languages() {
        return Schema.canonical()
                .items()
                .property("from")
                .flatMap(from -> from.property("steps"))
                .flatMap(steps -> steps.items().property("setBody"))
                .flatMap(step -> step.property("expression"))
                .map(expression -> List.copyOf(expression.properties()))
                .orElse(List.of());
    }

    private static void check(RouteFile file, RouteFile.Mapping mapping, Findings findings) {
        String key = mapping.keys().last();
        boolean expression = Nodes.get(mapping.node(), "expression").isPresent();
        String name = key.equals("language")
                ? Nodes.text(mapping.node(), "language").orElse("")
                : Optional.of(key).filter(k -> !k.equals("method")).orElse("bean");
        if (expression && !name.isEmpty() && LanguageCheck.class.getResource("/" + SERVICES + name) == null) {
            findings.problem(
                    file.path(),
                    mapping.node(),
                    "the language '" + name + "' is not there",
                    "use simple, or add its jar (camel-" + name + ", with what it needs) to lib/");
        }
    }
}
