package dev.sluice.batch;

import java.util.function.LongSupplier;

/**
 * What the calls have used so far, and what they may use.
 *
 * @param calls calls made
 * @param tokens tokens of answers, prompts included
 * @param retries calls that were made again
 */
public record Usage(
        LongSupplier calls, LongSupplier tokens, LongSupplier retries, long requestsPerMinute, long tokensPerMinute) {}
