package dev.sluice.batch;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal, on standard error. */
final class BarView implements ProgressView {
    private final ProgressBar bar;

    BarView(Counts begun) {
        this.bar = new ProgressBarBuilder()
                .setTaskName("")
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .setInitialMax(begun.total()) // -1: not known yet
                .startsFrom(begun.done(), Duration.ZERO)
                .build();
    }

    @Override
    public void show(Counts counts, Pace.Speed speed) {
        bar.maxHint(counts.total());
        bar.stepTo(counts.done());
        bar.setExtraMessage(String.format(
                Locale.ROOT,
                " %.0f/s, failed %d, limit %.0f%%, retries %d, %.0f tokens/s", // cut off where the terminal ends
                speed.linesPerSecond(),
                counts.failed(),
                100 * speed.limitUsed(),
                speed.retries(),
                speed.tokensPerSecond()));
    }

    @Override
    public void close() {
        bar.close();
    }
}
