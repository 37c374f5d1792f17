package dev.sluice.check;

import java.util.Optional;
import java.util.Set;

/** Looks up the placeholders of one value as Camel would, without taking their values. */
final class PlaceholderResolution {
    private final Bundle bundle;
    private final String name;
    private final Set<String> local;
    private final Source source;
    private final Findings findings;

    /**
     * @param name what the value is called; the value itself may be a secret and is never shown
     * @param local names that have a value here only: the parameters of a route template
     */
    PlaceholderResolution(Bundle bundle, String name, Set<String> local, Source source, Findings findings) {
        this.bundle = bundle;
        this.name = name;
        this.local = local;
        this.source = source;
        this.findings = findings;
    }

    void check(String value) {
        try {
            Placeholder.in(value).forEach(this::check);
        } catch (UnbalancedPlaceholderException e) {
            String partner = e.missing().equals("}}") ? "{{" : "}}";
            String problem = "'" + partner + "' without '" + e.missing() + "' in '" + name + "'";
            String remedy =
                    "write {{key}}; braces that are no placeholder go in quotes of their own: '" + partner + "'";
            report(Kind.PROBLEM, e.offset(), problem, remedy);
        }
    }

    private void check(Placeholder placeholder) {
        String text = placeholder.text();
        if (text.startsWith("?")) {
            return; // optional
        }
        String bare = text.startsWith("!") ? text.substring(1) : text;
        int colon = bare.indexOf(':');
        String head = colon < 0 ? bare : bare.substring(0, colon);
        String tail = colon < 0 ? "" : bare.substring(colon + 1);
        switch (colon < 0 ? "" : head) {
            case "env" -> variable(placeholder, tail, bundle.inEnvironment(name(tail)), "environment variable");
            case "sys" ->
                variable(placeholder, tail, bundle.known().system().containsKey(name(tail)), "system property");
            case "boolean" -> key(placeholder, tail.strip().split("\\s", 2)[0]);
            case "service", "service.name", "service.host", "service.port", "bean" -> {}
            default -> {
                if (colon < 0) {
                    key(placeholder, head);
                } else {
                    withDefault(placeholder, head);
                }
            }
        }
    }

    private void key(Placeholder placeholder, String key) {
        if (key.isBlank()) {
            report(Kind.PROBLEM, placeholder.offset(), "a placeholder without a key", "write {{key}}");
        } else if (!known(key)) {
            String remedy = "add it to " + bundle.configuration().name() + " or write {{" + key + ":default}}";
            Optional<String> near = Nearest.to(key, bundle.keys());
            report(
                    Kind.PROBLEM,
                    placeholder.offset(),
                    "{{" + key + "}} has no value",
                    near.map(name -> "did you mean {{" + name + "}}? Else " + remedy)
                            .orElse(remedy));
        }
    }

    /** A default hides a misspelt key for good: nothing fails, and the configured value is never used. */
    private void withDefault(Placeholder placeholder, String key) {
        boolean right = known(key) || bundle.known().keys().contains(key) || !bundle.ours(key);
        Optional<String> near = right ? Optional.empty() : Nearest.to(key, bundle.keys());
        near.ifPresent(name -> report(
                Kind.ADVICE,
                placeholder.offset(),
                "'" + key + "' is not in the configuration, so its default always applies",
                "did you mean '" + name + "'?"));
    }

    private void variable(Placeholder placeholder, String tail, boolean set, String what) {
        if (!set && !tail.contains(":") && !tail.startsWith("?")) {
            report(
                    Kind.ADVICE,
                    placeholder.offset(),
                    what + " '" + tail + "' is not set here, and without it the routes do not start",
                    "set it where they run, or write {{" + placeholder.text() + ":default}}");
        }
    }

    private boolean known(String key) {
        return key.indexOf(Placeholder.BLOT) >= 0 || local.contains(key) || bundle.supplies(key);
    }

    private static String name(String tail) {
        int colon = tail.indexOf(':');
        return colon < 0 ? tail : tail.substring(0, colon);
    }

    private void report(Kind kind, int offset, String problem, String remedy) {
        Source.Place place = source.at(offset);
        findings.add(new Finding(kind, place.file(), place.line(), place.column(), problem, remedy));
    }
}
