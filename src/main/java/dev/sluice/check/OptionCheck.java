package dev.sluice.check;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.tooling.model.ComponentModel.EndpointOptionModel;
import org.apache.camel.util.TimeUtils;

/** One option of an endpoint against what its component says of it, as Camel's catalog validates endpoints. */
final class OptionCheck {
    record Wrong(String problem, String remedy) {}

    private final Endpoint endpoint;
    private final ComponentModel model;
    private final Set<String> names = new TreeSet<>();

    OptionCheck(Endpoint endpoint, ComponentModel model) {
        this.endpoint = endpoint;
        this.model = model;
        model.getEndpointOptions().forEach(option -> names.add(option.getName()));
    }

    Optional<Wrong> wrong(String name, String value) {
        Optional<EndpointOptionModel> option = model.getEndpointOptions().stream()
                .filter(candidate -> matches(candidate, name))
                .findFirst();
        if (option.isEmpty()) {
            return unknown(name);
        }
        return misplaced(option.get()).or(() -> unfit(name, value, option.get()));
    }

    private static boolean matches(EndpointOptionModel option, String name) {
        String optional = option.getOptionalPrefix() == null ? "" : option.getOptionalPrefix();
        return option.getName().equals(name)
                || !optional.isEmpty() && name.equals(optional + option.getName())
                || option.isMultiValue() && option.getPrefix() != null && name.startsWith(option.getPrefix());
    }

    private Optional<Wrong> unknown(String name) {
        boolean lenient = model.isLenientProperties() && endpoint.role() != Endpoint.Role.SOURCE
                || model.isApi()
                || Set.of("stub", "dataformat").contains(model.getScheme())
                || name.contains("{{");
        return lenient
                ? Optional.empty()
                : Optional.of(new Wrong(
                        "'" + model.getScheme() + "' has no option '" + name + "'",
                        Nearest.remedy(
                                name,
                                names,
                                "see https://camel.apache.org/components/next/" + model.getScheme()
                                        + "-component.html")));
    }

    private Optional<Wrong> misplaced(EndpointOptionModel option) {
        String label = option.getLabel() == null ? "" : option.getLabel();
        boolean source = endpoint.role() != Endpoint.Role.TARGET;
        boolean wrong = source
                ? label.contains("producer") && !label.contains("consumer")
                : label.contains("consumer") && !label.contains("producer");
        return wrong
                ? Optional.of(new Wrong(
                        "option '" + option.getName() + "' of '" + model.getScheme()
                                + "' works only where messages are " + (source ? "sent ('to')" : "taken ('from')"),
                        "remove it here"))
                : Optional.empty();
    }

    private Optional<Wrong> unfit(String name, String value, EndpointOptionModel option) {
        boolean open = value.contains("{{") || value.contains("${") || value.startsWith("#");
        boolean many = option.isMultiValue() && option.getPrefix() != null;
        if (open || many || "path".equals(option.getKind())) {
            return Optional.empty();
        }
        String shown = option.isSecret() ? "***" : value;
        List<String> choices = option.getEnums();
        if (choices != null && !choices.isEmpty()) {
            return choices.stream().anyMatch(choice -> same(choice, value))
                    ? Optional.empty()
                    : unfit(name, shown, "one of " + String.join(", ", choices));
        }
        return switch (option.getType() == null ? "" : option.getType()) {
            case "boolean" -> value.matches("(?i)true|false") ? Optional.empty() : unfit(name, shown, "true or false");
            case "integer" -> // Camel takes times for these too
                duration(value) ? Optional.empty() : unfit(name, shown, "a whole number, or a time such as 5s");
            case "number" -> value.matches("[-+]?\\d+(\\.\\d+)?") ? Optional.empty() : unfit(name, shown, "a number");
            case "duration" ->
                duration(value) ? Optional.empty() : unfit(name, shown, "a duration such as 500, 5s or 1m");
            case "object" -> unfit(name, shown, "a bean, written #name");
            default -> Optional.empty();
        };
    }

    private static Optional<Wrong> unfit(String name, String value, String what) {
        return Optional.of(new Wrong("option '" + name + "' cannot be '" + value + "'", "write " + what));
    }

    /** Camel takes enums in any case and with dashes. */
    private static boolean same(String choice, String value) {
        return choice.replaceAll("[-_]", "").equalsIgnoreCase(value.replaceAll("[-_]", ""));
    }

    private static boolean duration(String value) {
        try {
            TimeUtils.toMilliSeconds(value);
            return true;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return false; // the latter for "soon", by a slip of Camel 4.22
        }
    }
}
