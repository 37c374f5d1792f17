package dev.sluice.sandbox;

import java.util.ArrayList;
import java.util.List;

/**
 * What goes wrong how often.
 *
 * <p>Written as {@code name:probability} joined by commas, for example {@code 500:0.05,reset:0.01,status-418:0.001}. A
 * name is what follows {@code sandbox-} in the name of a failing model ({@link Behaviour#failing}); the probabilities
 * add up to at most 1.
 *
 * <p>The n-th call after the start (or a reset) meets the n-th fault of the seed, whatever its prompt: the same number
 * of calls meets the same number of each fault.
 */
final class Faults {

    private record Fault(Behaviour behaviour, double upTo) {}

    private final List<Fault> faults;

    private Faults(List<Fault> faults) {
        this.faults = List.copyOf(faults);
    }

    /** @throws IllegalArgumentException naming the part that cannot be read, or the sum */
    static Faults parse(String text) {
        List<Fault> faults = new ArrayList<>();
        double sum = 0;
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int colon = part.lastIndexOf(':');
            Behaviour behaviour = colon < 0
                    ? null
                    : Behaviour.failing(part.substring(0, colon).strip());
            if (behaviour == null) {
                throw wrong(part, "name:probability with a name out of " + Behaviour.failingNames());
            }
            sum += probability(part, part.substring(colon + 1).strip());
            faults.add(new Fault(behaviour, sum));
        }
        if (sum > 1 + 1e-9) {
            throw wrong(text, "probabilities that add up to at most 1");
        }
        return new Faults(faults);
    }

    /** What the call of this number comes to; {@code otherwise} if no fault meets it. */
    Behaviour meet(long seed, long number, Behaviour otherwise) {
        if (faults.isEmpty()) {
            return otherwise;
        }
        double draw = (Mix.of(seed, number) >>> 11) * 0x1.0p-53;
        for (Fault fault : faults) {
            if (draw < fault.upTo) {
                return fault.behaviour;
            }
        }
        return otherwise;
    }

    private static double probability(String part, String text) {
        try {
            double value = Double.parseDouble(text);
            if (value >= 0 && value <= 1) {
                return value;
            }
        } catch (NumberFormatException notDecimal) {
            // told below, together with what is out of range
        }
        throw wrong(part, "a probability from 0 to 1 after the colon");
    }

    private static IllegalArgumentException wrong(String what, String wanted) {
        return new IllegalArgumentException("sandbox.faults must hold %s, was '%s'".formatted(wanted, what));
    }
}
