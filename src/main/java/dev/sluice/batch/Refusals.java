package dev.sluice.batch;

import dev.sluice.intake.Diagnosis;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Calls that the upstream refuses for a reason that lies not in the line: a wrong key, no money, no such model, no such
 * address. A few of them are held back. If an answer comes between, they were the lines' own fault after all, and go to the
 * errors; if they become too many, the batch is stopped and they stay to be done, as every other line that would have met
 * the same. Thread-safe.
 */
final class Refusals {
    private static final Set<Integer> ALWAYS = Set.of(401, 402);
    private static final Set<Integer> UNTIL_ONE_IS_ANSWERED = Set.of(403, 404);

    private final int limit;
    private final List<Held> held = new ArrayList<>();
    private boolean answered;

    /** A line that is held back. */
    record Held(Ended ended, String code) {}

    /** @param limit how many stop the batch; 0: none is held back */
    Refusals(int limit) {
        this.limit = limit;
    }

    /** Whether a refusal is such a one. */
    synchronized boolean concerns(int status, String code) {
        return limit > 0
                && (ALWAYS.contains(status)
                        || Diagnosis.OUT_OF_MONEY.codes().contains(code)
                        || UNTIL_ONE_IS_ANSWERED.contains(status) && !answered);
    }

    /** Holds a line back; whether there are too many now. */
    synchronized boolean hold(Held line) {
        held.add(line);
        return held.size() >= limit;
    }

    /** A line was answered: what has been held back was its own fault. */
    List<Held> answered() {
        synchronized (this) {
            answered = true;
        }
        return release();
    }

    /** Everything that is held back, which is no more from now on. */
    synchronized List<Held> release() {
        if (held.isEmpty()) {
            return List.of();
        }
        List<Held> released = List.copyOf(held);
        held.clear();
        return released;
    }
}
