package dev.sluice.check;

import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a check takes as given, besides the files that it reads.
 *
 * @param keys the keys of the contract: what may stand in the configuration; a key near one of these is a misspelling
 * @param defaults keys that have a value even if no file gives one
 * @param beans names that the program binds, for {@code #name} and {@code ref: name}
 * @param environment environment variables
 * @param system system properties of the JVM
 */
public record Known(
        Set<String> keys,
        Set<String> defaults,
        Set<String> beans,
        Map<String, String> environment,
        Map<String, String> system) {
    public Known {
        keys = Set.copyOf(keys);
        defaults = Set.copyOf(defaults);
        beans = Set.copyOf(beans);
        environment = Map.copyOf(environment);
        system = Map.copyOf(system);
    }

    /** Sections of which an integrator names as many as needed, and the section whose keys each of them may have. */
    private static final Map<String, String> NAMED = Map.of("limits", "limit", "tenants", "tenant");

    private static final Set<String> NAMED_ONLY = Set.of("limit.match", "tenant.weight");

    /** Whether a key is one of the contract: {@code limit.burst-ms}, or {@code limits.<name>.burst-ms}. */
    boolean has(String key) {
        int section = key.indexOf('.');
        int last = key.lastIndexOf('.');
        if (!named(key) || last == section) {
            return keys.contains(key);
        }
        String meant = NAMED.get(key.substring(0, section)) + key.substring(last);
        return keys.contains(meant) || NAMED_ONLY.contains(meant);
    }

    /** Whether a key is in a section where an integrator gives the names. */
    boolean named(String key) {
        return NAMED.keySet().stream().anyMatch(section -> key.startsWith(section + "."));
    }

    /** With the environment and the system properties of this process. */
    public static Known here(Set<String> keys, Set<String> defaults, Set<String> beans) {
        Properties system = System.getProperties();
        Map<String, String> properties = system.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, name -> system.getProperty(name, "")));
        return new Known(keys, defaults, beans, System.getenv(), properties);
    }
}
