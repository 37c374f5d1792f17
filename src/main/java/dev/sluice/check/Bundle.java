package dev.sluice.check;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The routes and the configuration that belong together, as far as they could be read. */
record Bundle(List<RouteFile> files, Configuration configuration, Known known) {

    /** Whether Camel would find a value: in the configuration, the environment ({@code UPSTREAM_URL}) or the JVM. */
    boolean supplies(String key) {
        return configuration.keys().contains(key)
                || known.defaults().contains(key)
                || known.system().containsKey(key)
                || inEnvironment(key);
    }

    /** Camel's way: as it is, in capitals, and with underscores for dashes and dots. */
    boolean inEnvironment(String key) {
        String capitals = key.toUpperCase(Locale.ENGLISH);
        return known.environment().containsKey(key)
                || known.environment().containsKey(capitals)
                || known.environment().containsKey(capitals.replace('-', '_'))
                || known.environment().containsKey(capitals.replace('-', '_').replace('.', '_'));
    }

    /** Every key that a placeholder may name, for suggestions. */
    Set<String> keys() {
        Set<String> keys = new TreeSet<>(configuration.keys());
        keys.addAll(known.keys());
        keys.addAll(known.defaults());
        return keys;
    }

    /** Whether the part of a key before its first dot is a section of the contract: {@code limit} in {@code limit.rpm}. */
    boolean ours(String key) {
        Set<String> sections = new HashSet<>();
        known.keys().stream().filter(k -> k.contains(".")).forEach(k -> sections.add(section(k)));
        return key.contains(".") && (sections.contains(section(key)) || known.named(key));
    }

    private static String section(String key) {
        return key.substring(0, key.indexOf('.'));
    }
}
