package dev.sluice.batch;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is to be told when the end of a line is on disk, by the number of the line. Thread-safe. */
final class Promises {
    private final Map<Long, CompletableFuture<Boolean>> promises = new ConcurrentHashMap<>();

    /** @param kept null if nobody is */
    void add(long line, @Nullable CompletableFuture<Boolean> kept) {
        if (kept != null) {
            promises.put(line, kept);
        }
    }

    /** Its end is on disk, or is not wanted: the line is asked again. */
    void kept(long line) {
        tell(line, true);
    }

    /** Its end is not on disk, and is wanted. */
    void lost(long line) {
        tell(line, false);
    }

    private void tell(long line, boolean kept) {
        CompletableFuture<Boolean> promise = promises.remove(line);
        if (promise != null) {
            promise.complete(kept);
        }
    }
}
