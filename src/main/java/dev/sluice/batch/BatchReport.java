package dev.sluice.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tells of a batch: its beginning, its progress while it runs, and in the end what has become of it. */
public final class BatchReport implements AutoCloseable {
    private final BatchFiles files;
    private final Batch batch;
    private final Usage usage;
    private final PrintWriter out;
    private final LongSupplier nanos;
    private final long begun;
    private final ProgressView view;
    private final Pace pace;
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "batch-progress");
        thread.setDaemon(true);
        return thread;
    });

    /** How progress is shown, and how often. */
    public enum Style {
        /** A bar on a terminal. */
        BAR(500),
        /** Lines in a log. */
        PLAIN(5_000),
        /** JSON objects for a program. */
        JSON(1_000);

        private final int everyMs;

        Style(int everyMs) {
            this.everyMs = everyMs;
        }
    }

    /**
     * @param out where everything goes but a bar, which goes to standard error
     * @param nanos a clock
     */
    public BatchReport(BatchFiles files, Batch batch, Usage usage, Style style, PrintWriter out, LongSupplier nanos) {
        this.files = files;
        this.batch = batch;
        this.usage = usage;
        this.out = out;
        this.nanos = nanos;
        this.begun = nanos.getAsLong();
        this.pace = new Pace(usage);
        begin(style, batch.counts());
        this.view = switch (style) {
            case BAR -> new BarView(batch.counts());
            case PLAIN -> new PlainView(out);
            case JSON -> new JsonView(out);
        };
        pace.at(begun, batch.counts());
        ticker.scheduleAtFixedRate(this::show, style.everyMs, style.everyMs, TimeUnit.MILLISECONDS);
    }

    private void begin(Style style, Counts counts) {
        if (style == Style.JSON) {
            new JsonView(out)
                    .print(JsonView.event("started", counts)
                            .put("input", files.input().toString())
                            .put("output", files.output().toString())
                            .put("errors", files.errors().toString()));
        } else if (counts.resumed() > 0) {
            out.println("batch: goes on with %s: %d lines are done, %d of them in errors"
                    .formatted(files.input(), counts.resumed(), counts.failed()));
            out.flush();
        }
    }

    private void show() {
        view.show(batch.counts(), pace.at(nanos.getAsLong(), batch.counts()));
    }

    /** Ends the display of progress. */
    @Override
    public void close() throws InterruptedException {
        ticker.shutdown();
        ticker.awaitTermination(1, TimeUnit.SECONDS);
        if (view instanceof BarView) {
            show();
        }
        view.close();
    }

    /**
     * Says what has become of the batch; after {@link #close()}, and after the batch was closed.
     *
     * @param stop why it has not come to its end, null if it has or was stopped
     */
    public void summary(@Nullable Stop stop) {
        Counts counts = batch.counts();
        Duration took = Duration.ofNanos(nanos.getAsLong() - begun);
        if (view instanceof JsonView json) {
            json.print(event(counts, took, stop));
        } else {
            out.print(text(counts, took));
            out.flush();
        }
    }

    private ObjectNode event(Counts counts, Duration took, @Nullable Stop stop) {
        ObjectNode event = JsonView.event(counts.complete() ? "finished" : "stopped", counts)
                .put("seconds", took.toMillis() / 1000.0)
                .put("tokens", usage.tokens().getAsLong())
                .put("retries", usage.retries().getAsLong());
        ObjectNode outcomes = event.putObject("outcomes");
        counts.byCode().forEach(outcomes::put);
        event.putObject("used")
                .put("prompt_tokens", batch.used().prompt())
                .put("completion_tokens", batch.used().completion())
                .put("cost", batch.used().money());
        return stop == null
                ? event
                : event.put("stopped_by", stop.kind().name().toLowerCase(Locale.ROOT))
                        .put("problem", stop.why());
    }

    private String text(Counts counts, Duration took) {
        StringBuilder text = new StringBuilder();
        long here = counts.done() - counts.resumed();
        double seconds = Math.max(0.001, took.toMillis() / 1000.0);
        text.append(String.format(
                Locale.ROOT,
                "%s: %d of %s lines done: answered=%d failed=%d%n  this run: lines=%d in %s (%.0f/s) tokens=%d retries=%d%n",
                counts.complete() ? "batch complete" : "batch stopped",
                counts.done(),
                counts.total() < 0 ? "?" : counts.total(),
                counts.answered(),
                counts.failed(),
                here,
                Durations.shown(took),
                here / seconds,
                usage.tokens().getAsLong(),
                usage.retries().getAsLong()));
        text.append("  used by all runs: %s%n".formatted(batch.used().shown()));
        text.append("  answers in %s, errors in %s%n".formatted(shown(files.output()), shown(files.errors())));
        for (Map.Entry<String, Long> outcome : counts.byCode().entrySet()) {
            if (!outcome.getKey().equals(LineCounts.ANSWERED)) {
                text.append(
                        "  %d × %s: %s%n".formatted(outcome.getValue(), outcome.getKey(), Advice.of(outcome.getKey())));
            }
        }
        if (!counts.complete() && files.canBeResumed()) {
            text.append("  Run the same command again to go on where it stopped.%n".formatted());
        } else if (counts.failed() > 0) {
            text.append("  To send only the failed lines again: %s%n".formatted(again()));
        }
        return text.toString();
    }

    private String again() {
        if (!files.canBeResumed()) {
            return "docs/batch.md";
        }
        String place =
                files.errors().equals(BatchFiles.beside(files.input(), "errors")) ? "" : " --errors " + files.errors();
        return "bin/sluice replay --source batch " + files.input() + place;
    }

    private static String shown(Path file) {
        return file.equals(BatchFiles.STANDARD) ? "standard output" : file.toString();
    }
}
