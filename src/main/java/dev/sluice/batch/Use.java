package dev.sluice.batch;

import java.math.BigDecimal;

/**
 * What calls have used, or may use.
 *
 * @param prompt tokens of prompts
 * @param completion tokens of answers
 * @param nanos money, in billionths of whatever {@code batch.prices} is in; 0 without prices
 */
public record Use(long prompt, long completion, long nanos) {
    static final Use NONE = new Use(0, 0, 0);

    private static final double BILLION = 1e9;
    private static final int NANO_DIGITS = 9;

    public long tokens() {
        return prompt + completion;
    }

    public double money() {
        return nanos / BILLION;
    }

    /** Like {@code 1200 tokens, 0.0125 of money}. */
    public String shown() {
        return nanos == 0
                ? tokens() + " tokens"
                : "%d tokens, %s of money"
                        .formatted(
                                tokens(),
                                BigDecimal.valueOf(nanos, NANO_DIGITS)
                                        .stripTrailingZeros()
                                        .toPlainString());
    }

    Use plus(Use other) {
        return new Use(prompt + other.prompt, completion + other.completion, nanos + other.nanos);
    }

    Use minus(Use other) {
        return new Use(prompt - other.prompt, completion - other.completion, nanos - other.nanos);
    }
}
