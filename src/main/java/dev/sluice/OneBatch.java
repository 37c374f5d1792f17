package dev.sluice;

import dev.sluice.batch.Batch;
import dev.sluice.batch.BatchFiles;
import dev.sluice.batch.BatchReport;
import dev.sluice.batch.BatchSettings;
import dev.sluice.batch.LineSender;
import dev.sluice.batch.Places;
import dev.sluice.batch.Standard;
import dev.sluice.batch.Stop;
import dev.sluice.batch.Usage;
import dev.sluice.progress.ProgressSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.main.Main;
import org.jspecify.annotations.Nullable;

/**
 * One batch in a process of its own, from its start to its exit code.
 *
 * @param out where progress and summary go
 * @param err where it is said why it has stopped by itself
 */
record OneBatch(
        BatchFiles files,
        BatchSettings how,
        Settings settings,
        Clock clock,
        Standard standard,
        BatchReport.Style style,
        PrintWriter out,
        PrintWriter err) {
    private static final int STOPPED_BY_ITSELF = 3;

    /** @param main Sluice, ready to start */
    int run(Main main) throws Exception {
        String runId = UUID.randomUUID().toString().substring(0, 8);
        Places places = new Places(Dispatch.atOnce(settings));
        try (Batch batch = Batch.open(files, how, places, clock, runId, standard)) {
            try (StopSignals signals = StopSignals.handle(() -> {
                batch.stop();
                sayThatItStops();
                main.stop();
                batch.abandon();
            })) {
                FutureTask<Void> caughtUp = meanwhile(() -> {
                    batch.catchUp();
                    return null;
                });
                main.bind("batchDone", (ProgressSource)
                        () -> List.of(batch.counts().done(files)));
                main.start();
                caughtUp.get();
                return send(batch, main, signals);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } finally {
                main.stop(); // before the batch is closed: lines in flight may end
            }
        }
    }

    private void sayThatItStops() {
        err.printf(
                "%ssluice: stopping; calls in flight may end, a second Ctrl-C ends them%s%n",
                style == BatchReport.Style.BAR ? System.lineSeparator() : "", // below the bar
                files.canBeResumed() ? "; the same command goes on in either case" : "");
        err.flush();
    }

    private static FutureTask<Void> meanwhile(Callable<Void> work) {
        FutureTask<Void> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "batch-catch-up");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private int send(Batch batch, Main main, StopSignals signals) throws Exception {
        BatchReport report = new BatchReport(
                files,
                batch,
                Dispatch.isByQueue(settings) ? usageElsewhere(batch) : usage(main),
                style,
                out,
                System::nanoTime);
        try (report) {
            batch.countAhead();
            batch.send(new LineSender(main.getCamelContext()));
            if (needNotWait(batch.stopped())) {
                main.stop();
                batch.abandon();
            }
            batch.awaitEnds();
            batch.close();
        }
        ProgressBeans.tell(main.getCamelContext());
        boolean complete = batch.counts().complete();
        Stop stop = complete ? null : batch.stopped();
        report.summary(stop);
        if (stop != null) {
            err.println("sluice: " + stop.why());
            return exitCode(stop.kind());
        }
        if (!complete) {
            return signals.exitCode();
        }
        return batch.counts().failed() > 0 ? 1 : 0;
    }

    /**
     * Whether lines that wait for a permit or a retry are better left for the next run: also when what they come to could not
     * be kept, for it would be paid for in vain.
     */
    private static boolean needNotWait(@Nullable Stop stop) {
        return stop != null
                && switch (stop.kind()) {
                    case DEADLINE, REFUSED, OUTPUT -> true;
                    case BUDGET, INPUT -> false;
                };
    }

    private static int exitCode(Stop.Kind kind) {
        return switch (kind) {
            case DEADLINE, BUDGET, REFUSED -> STOPPED_BY_ITSELF;
            case INPUT -> 2;
            case OUTPUT -> 1;
        };
    }

    /** Other nodes make the calls: what is known here is what came of them. */
    private Usage usageElsewhere(Batch batch) {
        long before = batch.used().tokens();
        return new Usage(
                () -> batch.counts().done() - batch.counts().resumed(),
                () -> batch.used().tokens() - before,
                () -> 0,
                RequestRate.of(settings),
                LimitSettings.tokensPerMinute(settings));
    }

    private Usage usage(Main main) {
        MeterRegistry meters = Objects.requireNonNull(main.getCamelContext()
                .getRegistry()
                .lookupByNameAndType(MicrometerConstants.METRICS_REGISTRY_NAME, MeterRegistry.class));
        return new Usage(
                () -> meters.find("sluice.calls").timers().stream()
                        .mapToLong(Timer::count)
                        .sum(),
                () -> sum(meters, "sluice.tokens"),
                () -> sum(meters, "sluice.retries"),
                RequestRate.of(settings),
                LimitSettings.tokensPerMinute(settings));
    }

    private static long sum(MeterRegistry meters, String name) {
        return Math.round(meters.find(name).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }
}
