package dev.sluice.front;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** How much memory the bodies of requests take that are not answered yet, whichever way they came. Thread-safe. */
final class BodyMemory {
    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private final long mostBytes;
    private final AtomicLong taken = new AtomicLong();

    BodyMemory(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Takes it if it is there; false if it is not. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= mostBytes) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** What a client is told for whom there was none. */
    static FrontError full() {
        return FrontError.busy("too many large requests are in hand; send it again later", A_MOMENT);
    }
}
