package dev.sluice.batch;

import org.jspecify.annotations.Nullable;

/**
 * How a batch is read and sent.
 *
 * @param maxLineBytes the longest line ({@code batch.max-line-bytes})
 * @param model the model to ask whatever the lines say, null for their own
 * @param bounds where it ends before its last line
 * @param prices what tokens cost ({@code batch.prices})
 * @param estimator what a line will use, for budget and dry run
 */
public record BatchSettings(
        int maxLineBytes, @Nullable String model, Bounds bounds, Prices prices, Estimator estimator) {

    BatchSettings within(Bounds other) {
        return new BatchSettings(maxLineBytes, model, other, prices, estimator);
    }
}
