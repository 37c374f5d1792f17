package dev.sluice.batch;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar on a terminal, on standard error. It takes one line, whatever the width of the terminal is at the moment: what there
 * is no room for is left out, the least important first.
 */
final class BarView implements ProgressView {
    private static final int SHORTEST_BAR = 10;
    /** Percentage, brackets, times. */
    private static final int AROUND = 32;

    private final ConsoleProgressBarConsumer terminal = new ConsoleProgressBarConsumer(
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    private final ProgressBar bar;
    private volatile Optional<Duration> left = Optional.empty();

    BarView(Counts begun) {
        this.bar = new ProgressBarBuilder()
                .setTaskName("")
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .setInitialMax(begun.total()) // -1: not known yet
                .startsFrom(begun.done(), Duration.ZERO)
                .setEtaFunction(state -> left)
                .setConsumer(terminal)
                .build();
    }

    @Override
    public void show(Counts counts, Pace.Speed speed) {
        left = speed.left();
        bar.maxHint(counts.total());
        bar.stepTo(counts.done());
        int digits = Long.toString(Math.max(counts.done(), counts.total())).length();
        bar.setExtraMessage(
                details(counts, speed, terminal.getMaxRenderedLength() - AROUND - 2 * digits - SHORTEST_BAR));
    }

    /** As much as there is room for, never a part of anything. */
    static String details(Counts counts, Pace.Speed speed, int room) {
        StringBuilder details = new StringBuilder();
        for (String detail : new String[] {
            shown("%.0f/s", speed.linesPerSecond()),
            shown("%d failed", counts.failed()),
            shown("limit %.0f%%", 100 * speed.limitUsed()),
            shown("%d retries", speed.retries()),
            shown("%.0f tokens/s", speed.tokensPerSecond())
        }) {
            String separator = details.isEmpty() ? " " : ", ";
            if (details.length() + separator.length() + detail.length() > room) {
                break;
            }
            details.append(separator).append(detail);
        }
        return details.toString();
    }

    private static String shown(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }

    @Override
    public void close() {
        bar.close();
    }
}
