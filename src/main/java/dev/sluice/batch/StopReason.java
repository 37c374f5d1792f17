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
                "the deadline has come",
                "run the same command again with a later one, or without, to go on",
                "it is tried again");
    }

    /** @param used by all lines until now */
    void budget(Use used) {
        stop(
                Stop.Kind.BUDGET,
                "the budget has no room for the next line (%s are used)".formatted(used.shown()),
                "run the same command again with a larger one",
                "raise batch.budget-tokens or batch.budget and start again");
    }

    void noPrice(String model) {
        stop(
                Stop.Kind.BUDGET,
                "batch.prices has no price for model %s".formatted(model),
                "add one, like %s=0.15/0.60, and run the same command again".formatted(model),
                "add one, like %s=0.15/0.60, and start again".formatted(model));
    }

    /** @param calls that were refused in a row, all for the same reason */
    void refused(int calls, String code, String message) {
        stop(
                Stop.Kind.REFUSED,
                "%d calls in a row were refused with %s, and no line is written for them: %s"
                        .formatted(calls, code, message),
                "then run the same command again (batch.stop-after-refusals)",
                "it is tried again (batch.try-again)");
    }

    void input(Position read, Exception why) {
        stop(
                Stop.Kind.INPUT,
                "cannot read %s after %d lines: %s".formatted(files.input(), read.lines(), why.getMessage()),
                "mend it and run the same command again",
                "mend it and send it again");
    }

    void output(Exception why) {
        stop(
                Stop.Kind.OUTPUT,
                "cannot write %s or %s: %s".formatted(files.output(), files.errors(), why),
                "free space or mend the permissions, and run the same command again",
                "free space or mend the permissions; it is tried again (batch.try-again)");
    }

    private void stop(Stop.Kind kind, String cause, String remedy, String remedyInServer) {
        first.compareAndSet(null, new Stop(kind, cause, remedy, remedyInServer));
        window.close();
    }
}
