package dev.sluice.front;

import dev.sluice.intake.AllowedModels;
import java.util.List;

/**
 * Who calls: what a key or a token stands for.
 *
 * @param name for logs, never the key
 * @param tenant whose share of the limit its calls take; empty: nobody's in particular
 * @param weight how large that share is beside others, at least 1
 * @param models the models it may ask, a {@code *} at the end of one for any rest; empty: all
 */
record Caller(String name, String tenant, int weight, List<String> models) {
    /** Where no keys are wanted. */
    static final Caller ANYBODY = new Caller("anybody", "", 1, List.of());

    Caller {
        models = List.copyOf(models);
        if (weight < 1) {
            throw new IllegalArgumentException("weight of %s must be at least 1, was %d".formatted(name, weight));
        }
    }

    boolean mayAsk(String model) {
        return new AllowedModels(models).allow(model);
    }
}
