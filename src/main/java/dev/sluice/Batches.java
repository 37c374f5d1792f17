package dev.sluice;

import dev.sluice.admit.TokenEstimate;
import dev.sluice.batch.BatchSettings;
import dev.sluice.batch.Bounds;
import dev.sluice.batch.Estimator;
import dev.sluice.batch.Prices;
import dev.sluice.intake.Api;
import org.jspecify.annotations.Nullable;

/** What the configuration says of batches. */
final class Batches {

    private Batches() {}

    static BatchSettings settings(Settings settings, Bounds bounds, @Nullable String model) {
        TokenEstimate estimate = Beans.estimate(settings);
        return new BatchSettings(
                settings.integer("batch.max-line-bytes", 1, 1 << 30),
                model,
                bounds,
                prices(settings),
                (api, body) -> new Estimator.Tokens(
                        estimate.promptTokens(body), api == Api.EMBEDDINGS ? 0 : estimate.completionTokens(body)));
    }

    /** For batches that are dropped into a server: no model, no deadline, and no budget but the configured one. */
    static BatchSettings inServer(Settings settings) {
        return settings(
                settings,
                new Bounds(
                        null, false, settings.whole("batch.budget-tokens", 0, Long.MAX_VALUE), 0, refusals(settings)),
                null);
    }

    static int refusals(Settings settings) {
        return settings.integer("batch.stop-after-refusals", 0, 100_000);
    }

    private static Prices prices(Settings settings) {
        String text = settings.text("batch.prices");
        try {
            return Prices.parse(text);
        } catch (IllegalArgumentException e) {
            throw Settings.wrong(
                    "batch.prices", text, "like gpt-4o-mini=0.15/0.60,*=2.50/10 (%s)".formatted(e.getMessage()));
        }
    }
}
