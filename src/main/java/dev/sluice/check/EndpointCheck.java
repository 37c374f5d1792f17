package dev.sluice.check;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.util.URISupport;
import org.snakeyaml.engine.v2.nodes.Node;

/** Each endpoint is of a component that is there, with options that the component has and values that fit them. */
final class EndpointCheck implements Check {
    private final Components components = new Components(EndpointCheck.class.getClassLoader());

    @Override
    public void run(Bundle bundle, Findings findings) {
        for (RouteFile file : bundle.files()) {
            Endpoint.in(file).forEach(endpoint -> check(endpoint, bundle.known().beans(), findings));
        }
    }

    private void check(Endpoint endpoint, Set<String> beans, Findings findings) {
        String scheme = endpoint.scheme();
        if (scheme.isEmpty()) {
            return;
        }
        Optional<ComponentModel> model = components.model(scheme);
        if (model.isPresent()) {
            direction(endpoint, model.get(), findings);
            options(endpoint, model.get(), findings);
        } else if (!components.has(scheme) && !beans.contains(scheme)) {
            findings.problem(
                    endpoint.file().path(),
                    endpoint.node(),
                    "unknown component '" + scheme + "' in '" + endpoint.shown() + "'",
                    Nearest.remedy(
                            scheme,
                            components.schemes(),
                            "add the component's jar (camel-" + scheme + ", with what it needs) to lib/"));
        }
    }

    private static void direction(Endpoint endpoint, ComponentModel model, Findings findings) {
        boolean target = endpoint.role() == Endpoint.Role.TARGET;
        if (target ? model.isConsumerOnly() : model.isProducerOnly()) {
            findings.problem(
                    endpoint.file().path(),
                    endpoint.node(),
                    "nothing can be " + (target ? "sent to '" : "taken from '") + endpoint.shown() + "'",
                    "'" + model.getScheme() + "' works only in " + (target ? "'from'" : "'to'"));
        }
    }

    private static void options(Endpoint endpoint, ComponentModel model, Findings findings) {
        Path file = endpoint.file().path();
        Map<String, Endpoint.Parameter> parameters = new LinkedHashMap<>(endpoint.parameters());
        String[] parts = endpoint.uri().split("\\?", 2);
        if (parts.length == 2) {
            try {
                URISupport.parseQuery(parts[1], true).forEach((name, value) -> {
                    parameters.put(name, new Endpoint.Parameter(endpoint.node(), String.valueOf(value)));
                });
            } catch (URISyntaxException e) {
                findings.problem(
                        file,
                        endpoint.node(),
                        "'" + endpoint.shown() + "' cannot be parsed: " + e.getReason(),
                        "write its options below 'parameters:'");
                return;
            }
        }
        OptionCheck check = new OptionCheck(endpoint, model);
        parameters.forEach((name, parameter) -> check.wrong(name, parameter.value())
                .ifPresent(wrong -> findings.problem(file, parameter.node(), wrong.problem(), wrong.remedy())));
        if (endpoint.bare()) {
            required(endpoint, model, parameters.keySet(), findings);
        }
    }

    private static void required(Endpoint endpoint, ComponentModel model, Set<String> given, Findings findings) {
        Node node = endpoint.node();
        Set<String> missing = new TreeSet<>();
        model.getEndpointOptions().stream()
                .filter(option -> option.isRequired() && option.getDefaultValue() == null)
                .filter(option -> !given.contains(option.getName()))
                .forEach(option -> missing.add(option.getName()));
        for (String name : missing) {
            findings.problem(
                    endpoint.file().path(),
                    node,
                    "'" + endpoint.shown() + "' lacks the option '" + name + "'",
                    "add '" + name + ":' below 'parameters:'");
        }
    }
}
