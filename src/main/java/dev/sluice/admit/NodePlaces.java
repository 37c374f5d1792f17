package dev.sluice.admit;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many calls this node has in flight at once, over all its limits. Whoever found no place is told, one at a time and
 * in turn, when one is free, until somebody has taken it: so no limit keeps another from calling, nor one that is told
 * and does not need the place any more. Thread-safe; never blocks.
 */
final class NodePlaces implements Places {
    private final Set<Runnable> without = new LinkedHashSet<>();
    private int free;

    /** @param most more than 0 ({@code throttle.max-concurrent}) */
    NodePlaces(int most) {
        if (most <= 0) {
            throw new IllegalArgumentException("places must be > 0, were " + most);
        }
        this.free = most;
    }

    @Override
    public synchronized boolean take(Runnable whenFree) {
        if (free == 0) {
            without.add(whenFree);
            return false;
        }
        free--;
        return true;
    }

    @Override
    public void giveBack(Settlement settlement) {
        synchronized (this) {
            free++;
        }
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        var first = without.iterator();
        if (free == 0 || !first.hasNext()) {
            return null;
        }
        Runnable next = first.next();
        first.remove();
        return next;
    }
}
