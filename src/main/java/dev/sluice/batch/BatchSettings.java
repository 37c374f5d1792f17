package dev.sluice.batch;

import org.jspecify.annotations.Nullable;

/**
 * How a batch is read and sent.
 *
 * @param maxLineBytes the longest line ({@code batch.max-line-bytes})
 * @param concurrent lines in hand at once ({@code throttle.max-concurrent})
 * @param model the model to ask whatever the lines say, null for their own
 */
public record BatchSettings(
        int maxLineBytes, int concurrent, @Nullable String model) {}
