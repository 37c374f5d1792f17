package dev.sluice.intake;

import java.util.List;

/**
 * The models that somebody may ask.
 *
 * @param names a {@code *} at the end of one stands for any rest; empty: all models
 */
public record AllowedModels(List<String> names) {
    public static final AllowedModels ALL = new AllowedModels(List.of());

    public AllowedModels {
        names = List.copyOf(names);
    }

    public boolean all() {
        return names.isEmpty();
    }

    public boolean allow(String model) {
        return all() || names.stream().anyMatch(allowed -> matches(allowed, model));
    }

    private static boolean matches(String allowed, String model) {
        return allowed.endsWith("*")
                ? model.startsWith(allowed.substring(0, allowed.length() - 1))
                : model.equals(allowed);
    }
}
