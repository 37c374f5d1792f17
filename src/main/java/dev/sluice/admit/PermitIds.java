package dev.sluice.admit;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** Names permits so that no two nodes, nor two limiters of a node, give the same name. Thread-safe. */
final class PermitIds {
    private final String prefix = UUID.randomUUID().toString().substring(0, 18) + "-";
    private final AtomicLong last = new AtomicLong();

    String next() {
        return prefix + Long.toString(last.incrementAndGet(), Character.MAX_RADIX);
    }

    boolean gave(Permit permit) {
        return permit.id().startsWith(prefix);
    }
}
