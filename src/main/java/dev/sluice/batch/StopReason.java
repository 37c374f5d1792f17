package dev.sluice.batch;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Stops a batch that cannot, or must not, go on; the first reason counts. Thread-safe. */
final class StopReason {
    private final BatchFiles files;
    private final Window window;
    private final AtomicReference<@Nullable Stop> first = new AtomicReference<>();

    StopReason(BatchFiles files, Window window) {
        this.files = files;
        this.window = window;
    }

    /** Null if nothing has stopped it. */
    @Nullable
    Stop get() {
        return first.get();
    }

    void deadline() {
        stop(
                Stop.Kind.DEADLINE,
                "the deadline has come; run the same command again with a later one, or without, to go on");
    }

    /** @param used by all lines until now */
    void budget(Use used) {
        stop(
                Stop.Kind.BUDGET,
                "the budget has no room for the next line (%s are used); run the same command again with a larger one"
                        .formatted(used.shown()));
    }

    void noPrice(Account.NoPriceException why) {
        stop(Stop.Kind.BUDGET, String.valueOf(why.getMessage()));
    }

    /** @param calls that were refused in a row, all for the same reason */
    void refused(int calls, String code, String message) {
        stop(
                Stop.Kind.REFUSED,
                "%d calls in a row were refused with %s, and no line is written for them: %s; then run the same command again (batch.stop-after-refusals)"
                        .formatted(calls, code, message));
    }

    void input(Position read, Exception why) {
        stop(
                Stop.Kind.INPUT,
                "cannot read %s after %d lines: %s; mend it and run the same command again"
                        .formatted(files.input(), read.lines(), why.getMessage()));
    }

    void output(Exception why) {
        stop(
                Stop.Kind.OUTPUT,
                "cannot write %s or %s: %s; free space or mend the permissions, and run the same command again"
                        .formatted(files.output(), files.errors(), why));
    }

    private void stop(Stop.Kind kind, String why) {
        first.compareAndSet(null, new Stop(kind, why));
        window.close();
    }
}
