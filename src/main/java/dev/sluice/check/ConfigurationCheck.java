package dev.sluice.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The configuration has each key once, and no key that is one of ours but for a typing error. */
final class ConfigurationCheck implements Check {
    private static final Pattern NAMED = Pattern.compile("\\{\\{[?!]*([^:{}]+)");

    @Override
    public void run(Bundle bundle, Findings findings) {
        Configuration configuration = bundle.configuration();
        Set<String> used = usedByRoutes(bundle);
        Map<String, Integer> lines = new HashMap<>();
        for (Configuration.Property property : configuration.properties()) {
            Integer first = lines.putIfAbsent(property.key(), property.line());
            if (first != null) {
                report(
                        findings,
                        Kind.PROBLEM,
                        bundle,
                        property,
                        "'" + property.key() + "' is given twice; the first, on line " + first + ", is ignored",
                        "keep one of them");
            }
            if (!bundle.known().has(property.key()) && !used.contains(property.key())) {
                unknown(bundle, property, findings);
            }
        }
    }

    /** Keys of an integrator's own are fine: the routes name them. */
    private static Set<String> usedByRoutes(Bundle bundle) {
        Set<String> used = new HashSet<>();
        bundle.files().stream().flatMap(file -> file.scalars().stream()).forEach(scalar -> {
            Matcher matcher = NAMED.matcher(scalar.text());
            while (matcher.find()) {
                used.add(matcher.group(1).strip());
            }
        });
        return used;
    }

    private static void unknown(Bundle bundle, Configuration.Property property, Findings findings) {
        String key = property.key();
        if (key.startsWith("camel.beans.") || key.startsWith("camel.component.")) {
            return; // the names are the integrator's, the options those of their classes
        }
        Optional<String> near = Nearest.to(key, bundle.known().keys());
        if (near.isPresent() && (bundle.ours(key) || !key.contains("."))) {
            String problem = "unknown key '" + key + "'; nothing reads it";
            report(findings, Kind.PROBLEM, bundle, property, problem, "did you mean '" + near.get() + "'?");
        } else if (bundle.ours(key) && !key.startsWith("camel.")) {
            String problem = "unknown key '" + key + "'; neither Sluice nor a route reads it";
            report(findings, Kind.ADVICE, bundle, property, problem, "remove it");
        }
    }

    private static void report(
            Findings findings,
            Kind kind,
            Bundle bundle,
            Configuration.Property property,
            String problem,
            String remedy) {
        findings.add(new Finding(kind, bundle.configuration().file(), property.line(), 1, problem, remedy));
    }
}
