package dev.sluice.batch;

import dev.sluice.intake.AllowedModels;
import dev.sluice.intake.Api;
import org.jspecify.annotations.Nullable;

/**
 * Whose a batch is, and what its lines may ask.
 *
 * @param api the only endpoint that lines may be for; null: each says its own
 * @param tenant whose share of the limit its lines take; empty: nobody's in particular
 * @param models what its lines may ask
 */
record Origin(@Nullable Api api, String tenant, AllowedModels models) {
    /** Who starts the program, or drops a file into its folder. */
    static final Origin HERE = new Origin(null, "", AllowedModels.ALL);
}
