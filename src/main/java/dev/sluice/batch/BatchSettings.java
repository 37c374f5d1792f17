package dev.sluice.batch;

import dev.sluice.intake.Api;
import org.jspecify.annotations.Nullable;

/**
 * How a batch is read and sent.
 *
 * @param maxLineBytes the longest line ({@code batch.max-line-bytes})
 * @param model the model to ask whatever the lines say, null for their own
 * @param bounds where it ends before its last line
 * @param prices what tokens cost ({@code batch.prices})
 * @param estimator what a line will use, for budget and dry run
 * @param origin whose it is
 */
public record BatchSettings(
        int maxLineBytes, @Nullable String model, Bounds bounds, Prices prices, Estimator estimator, Origin origin) {

    /** Of a batch that is started here, not by a client. */
    public BatchSettings(int maxLineBytes, @Nullable String model, Bounds bounds, Prices prices, Estimator estimator) {
        this(maxLineBytes, model, bounds, prices, estimator, Origin.HERE);
    }

    BatchSettings within(Bounds other) {
        return new BatchSettings(maxLineBytes, model, other, prices, estimator, origin);
    }

    BatchSettings of(Origin other) {
        return new BatchSettings(maxLineBytes, model, bounds, prices, estimator, other);
    }

    /** The same, for lines of one endpoint only. */
    public BatchSettings only(Api api) {
        return of(new Origin(api, origin.tenant(), origin.models()));
    }

    LineParser parser() {
        return new LineParser(maxLineBytes, model, origin);
    }
}
