package dev.sluice.batch;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the batches of the Batch API: so many run at once, and of those that wait, the oldest of the caller
 * who has the fewest running is next. Not thread-safe.
 */
final class ApiQueue {
    private final int atOnce;
    private final Map<String, String> running = new HashMap<>();
    private final Deque<Turn> waiting = new ArrayDeque<>();

    /** @param atOnce 1 and more */
    ApiQueue(int atOnce) {
        this.atOnce = atOnce;
    }

    /** A batch and whose it is. */
    record Turn(String batch, ApiCaller owner) {}

    void add(Turn turn) {
        waiting.add(turn);
    }

    /** Takes one out of its turn; false if it does not wait. */
    boolean remove(String batch) {
        return waiting.removeIf(turn -> turn.batch.equals(batch));
    }

    /** The next one, which counts as running from now on; empty if there is none, or no room. */
    Optional<Turn> next() {
        if (running.size() >= atOnce) {
            return Optional.empty();
        }
        @Nullable
        Turn next = waiting.stream()
                .min(Comparator.comparingLong(this::runningOfSameOwner)) // the first of equals
                .orElse(null);
        if (next != null) {
            waiting.remove(next);
            running.put(next.batch, next.owner.name());
        }
        return Optional.ofNullable(next);
    }

    void ended(String batch) {
        running.remove(batch);
    }

    private long runningOfSameOwner(Turn turn) {
        return running.values().stream().filter(turn.owner.name()::equals).count();
    }
}
