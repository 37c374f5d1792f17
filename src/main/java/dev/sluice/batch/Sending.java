package dev.sluice.batch;

import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the lines of a batch as places become free: those that came back first, then the next of the input, until the last
 * one has ended or the batch is stopped. Used by one thread.
 */
final class Sending {
    private final BatchRun run;
    private final Endings endings;
    private final Window window;
    private final Parked parked;
    private final Bounds bounds;
    private final LineParser parser;
    private final Consumer<BatchLine> pipeline;

    /** @param pipeline takes a line and returns soon; the line ends later */
    Sending(BatchRun run, Endings endings, Consumer<BatchLine> pipeline) {
        this.run = run;
        this.endings = endings;
        this.window = run.window();
        this.parked = run.parked();
        this.bounds = run.bounds();
        this.parser = run.settings().parser();
        this.pipeline = pipeline;
    }

    /** Returns when the last line was sent, or when the batch is stopped. */
    void send() throws InterruptedException {
        try {
            boolean more = true;
            while (more && window.enter(bounds.deadline())) {
                more = sendNext();
            }
            if (more && window.isOpen()) {
                atDeadline();
            }
        } catch (IOException e) {
            window.leave(1);
            run.stop().input(run.feed().read(), e);
        }
    }

    /** Sends a line, for which there is a place; false after the last one. */
    private boolean sendNext() throws IOException, InterruptedException {
        window.sleep(earliest(parked.until(), bounds.deadline()));
        BatchLine line = next();
        if (line != null) {
            return sendOrStop(line);
        }
        window.leave(1);
        Instant latest = bounds.expire() ? null : bounds.deadline();
        if (!window.awaitEmptyOr(() -> !parked.isEmpty(), latest)) {
            run.stop().deadline();
            return false;
        }
        if (window.isOpen() && parked.isEmpty()) {
            allAreSent();
            return false;
        }
        return window.isOpen();
    }

    private static Instant earliest(Instant one, @Nullable Instant other) {
        return other != null && other.isBefore(one) ? other : one;
    }

    private @Nullable BatchLine next() throws IOException {
        BatchLine again = parked.poll();
        if (again != null) {
            return again.again();
        }
        Line line = run.feed().next();
        return line == null ? null : parsed(line);
    }

    private BatchLine parsed(Line line) {
        ParsedLine parsed = parser.parse(line);
        long id = Ids.hash(parsed.customId());
        boolean mine = id == 0 || run.output().state().own(id, run.counts().total());
        return new BatchLine(endings, line.number(), mine ? parsed : Ids.duplicate(parsed), mine ? id : 0);
    }

    private boolean sendOrStop(BatchLine line) throws InterruptedException {
        try {
            Account.Estimate estimate = run.account().estimate(line.parsed());
            if (!run.account().reserve(estimate, window::isOpen)) {
                return budgetIsSpent();
            }
            BatchLine estimated = line.estimated(estimate);
            if (run.isStopping() || run.isLate()) {
                endings.notSent(estimated);
            } else if (!estimated.failsAsItIs()) {
                pipeline.accept(estimated);
            }
            return !run.isStopping();
        } catch (Account.NoPriceException e) {
            window.leave(1);
            run.stop().noPrice(e.model());
            return false;
        }
    }

    private boolean budgetIsSpent() {
        window.leave(1);
        if (window.isOpen()) {
            run.stop().budget(run.account().spent());
        }
        return false;
    }

    /** The deadline has come before the last line. */
    private void atDeadline() throws IOException, InterruptedException {
        if (!bounds.expire()) {
            run.stop().deadline();
            return;
        }
        boolean more = true;
        while (more && window.enter(null)) {
            BatchLine line = next();
            if (line != null) {
                line.expired();
            } else {
                window.leave(1);
                window.awaitEmptyOr(() -> !parked.isEmpty(), null);
                more = !parked.isEmpty();
            }
        }
        if (!more) { // else it was stopped before the last line, and the rest stays to be done
            allAreSent();
        }
    }

    private void allAreSent() {
        run.counts().total(run.feed().read().lines());
        endings.noMore();
    }
}
