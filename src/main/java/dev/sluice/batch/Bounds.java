package dev.sluice.batch;

import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a batch ends by itself, before its last line.
 *
 * @param deadline when no more lines are taken; null for never
 * @param expire what becomes of the lines that are not done then: true, they end as {@code batch_expired} in the errors;
 *     false, they stay to be done
 * @param tokens how many it may use over all its runs; 0 for any number
 * @param nanos how much it may cost over all its runs, as in {@link Use#nanos}; 0 for anything
 * @param refusals after how many calls in a row that the upstream refuses for a reason that is not the line's it stops; 0
 *     for never ({@code batch.stop-after-refusals})
 */
public record Bounds(@Nullable Instant deadline, boolean expire, long tokens, long nanos, int refusals) {
    public static final Bounds NONE = new Bounds(null, false, 0, 0, 0);

    public Bounds {
        if (tokens < 0 || nanos < 0 || refusals < 0) {
            throw new IllegalArgumentException(
                    "a budget must be >= 0, was %d tokens, %d nanos".formatted(tokens, nanos));
        }
    }

    boolean isPast(Clock clock) {
        return deadline != null && !clock.instant().isBefore(deadline);
    }

    boolean isBudget() {
        return tokens > 0 || nanos > 0;
    }

    boolean holds(Use use) {
        return (tokens == 0 || use.tokens() <= tokens) && (nanos == 0 || use.nanos() <= nanos);
    }
}
