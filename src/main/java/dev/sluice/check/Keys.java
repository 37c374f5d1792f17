package dev.sluice.check;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The keys that lead to a value, from the outside in, without the positions in lists: {@code route, from, uri}.
 *
 * @param names at least one for any value in a mapping
 */
record Keys(List<String> names) {
    static final Keys ROOT = new Keys(List.of());

    /** Sections whose keys are the integrator's or a component's, not Camel's. */
    private static final Set<String> FREE = Set.of("parameters", "properties", "constructors");

    Keys with(String name) {
        return new Keys(Stream.concat(names.stream(), Stream.of(name)).toList());
    }

    /** The key of the value itself; empty at the root. */
    String last() {
        return names.isEmpty() ? "" : names.get(names.size() - 1);
    }

    /** The key of the mapping that holds the value; empty at the root. */
    String parent() {
        return names.size() < 2 ? "" : names.get(names.size() - 2);
    }

    boolean startsWith(String name) {
        return !names.isEmpty() && names.get(0).equals(name);
    }

    /** Whether the value is below endpoint parameters or bean properties. */
    boolean free() {
        return names.stream().anyMatch(FREE::contains);
    }
}
