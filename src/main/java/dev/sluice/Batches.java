package dev.sluice;

import dev.sluice.admit.TokenEstimate;
import dev.sluice.batch.BatchSettings;
import dev.sluice.batch.Bounds;
import dev.sluice.batch.Estimator;
import dev.sluice.batch.Prices;
import dev.sluice.intake.Api;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** What the configuration says of batches. */
final class Batches {

    private Batches() {}

    static BatchSettings settings(Settings settings, Bounds bounds, @Nullable String model) {
        TokenEstimate estimate = LimitSettings.estimate(settings);
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
                        null,
                        false,
                        settings.whole("batch.budget-tokens", 0, Long.MAX_VALUE),
                        budget(settings),
                        refusals(settings)),
                null);
    }

    /** In nanos, as in {@link Bounds}. */
    private static long budget(Settings settings) {
        double money = settings.number("batch.budget", 0, 1_000_000_000);
        if (money > 0 && settings.text("batch.prices").isEmpty()) {
            throw Settings.wrong(
                    "batch.prices", "", "set for batch.budget to have something to go by, like gpt-4o-mini=0.15/0.60");
        }
        return BigDecimal.valueOf(money)
                .movePointRight(9)
                .setScale(0, RoundingMode.UP)
                .longValueExact();
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
