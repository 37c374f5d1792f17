package dev.sluice.batch;

import java.io.PrintWriter;
import java.util.Locale;

/** A line each time, for logs. */
final class PlainView implements ProgressView {
    private final PrintWriter out;

    PlainView(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void show(Counts counts, Pace.Speed speed) {
        out.println(String.format(
                Locale.ROOT,
                "batch: done=%d failed=%d total=%s lines/s=%.0f tokens/s=%.0f limit-used=%.0f%% retries=%d left=%s",
                counts.done(),
                counts.failed(),
                counts.total() < 0 ? "?" : counts.total(),
                speed.linesPerSecond(),
                speed.tokensPerSecond(),
                100 * speed.limitUsed(),
                speed.retries(),
                speed.left().map(Durations::shown).orElse("?")));
        out.flush();
    }

    @Override
    public void close() {
        // nothing to close
    }
}
