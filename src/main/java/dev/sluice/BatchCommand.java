package dev.sluice;

import dev.sluice.batch.Batch;
import dev.sluice.batch.BatchFiles;
import dev.sluice.batch.BatchRefusedException;
import dev.sluice.batch.BatchReport;
import dev.sluice.batch.BatchSettings;
import dev.sluice.batch.DryRun;
import dev.sluice.batch.LineSender;
import dev.sluice.batch.Places;
import dev.sluice.batch.Standard;
import dev.sluice.batch.Stop;
import dev.sluice.batch.Usage;
import dev.sluice.check.Directories;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.main.Main;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice batch}: one JSONL file, answered line by line, with progress; docs/batch.md. */
@Command(
        name = "batch",
        mixinStandardHelpOptions = true,
        description = "Answers the lines of a JSONL file (OpenAI Batch format). The same command again resumes.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every line is answered",
            "1:some lines ended in errors, or the batch could not be finished",
            "2:bad usage or configuration, an input that cannot be read, another batch at work on it",
            "3:stopped by its deadline or budget, or since the upstream refuses every call; can be resumed",
            "130, 143:stopped by Ctrl-C or SIGTERM; can be resumed"
        })
final class BatchCommand implements Callable<Integer> {
    private static final int STOPPED_BY_ITSELF = 3;

    @Mixin
    private final Directories directories;

    @Parameters(
            paramLabel = "IN.jsonl",
            arity = "0..1", // as its subcommand needs none
            description = "The lines; .gz is unpacked; - is standard input.")
    private @Nullable Path input;

    @Option(names = "--out", paramLabel = "F", description = "Answers (IN.output.jsonl); - is standard output.")
    private @Nullable Path output;

    @Option(names = "--errors", paramLabel = "F", description = "Lines that ended in an error (IN.errors.jsonl).")
    private @Nullable Path errors;

    @Option(names = "--model", paramLabel = "M", description = "The model to ask, whatever the lines say.")
    private @Nullable String model;

    @Option(names = "--concurrency", paramLabel = "N", description = "Lines in hand at once (throttle.max-concurrent).")
    private @Nullable Integer concurrency;

    @Mixin
    private final BatchBounds bounds = new BatchBounds();

    @Option(names = "--dry-run", description = "Check every line; estimate tokens, cost and time without a call.")
    private boolean dryRun;

    @Option(names = "--json", description = "Tell of progress as JSON, an object each line.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();

    BatchCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() throws Exception {
        if (input == null) {
            throw new ParameterException(
                    spec.commandLine(), "Missing required parameter: 'IN.jsonl', or - for standard input");
        }
        RunCommand.require(spec, "--routes", directories.routes());
        RunCommand.require(spec, "--config", directories.config());
        Map<String, String> overrides = overrides();
        Settings settings = RunCommand.settings(directories.config(), overrides);
        try {
            BatchFiles files = BatchFiles.of(input, output, errors);
            BatchSettings how = Batches.settings(
                    settings,
                    bounds.bounds(
                            clock,
                            Batches.refusals(settings),
                            !settings.text("batch.prices").isEmpty()),
                    model);
            return dryRun ? dryRun(files, how, settings) : run(files, how, settings, overrides);
        } catch (BatchRefusedException e) {
            throw new Settings.ConfigurationException(String.valueOf(e.getMessage()));
        }
    }

    private int dryRun(BatchFiles files, BatchSettings how, Settings settings)
            throws IOException, BatchRefusedException {
        DryRun result = DryRun.of(files, how, standardInput());
        PrintWriter out = spec.commandLine().getOut();
        DryRunReport.print(result, RequestRate.of(settings), LimitSettings.tokensPerMinute(settings), json, out);
        return result.faults().isEmpty() ? 0 : 1;
    }

    private int run(BatchFiles files, BatchSettings how, Settings settings, Map<String, String> overrides)
            throws Exception {
        String runId = UUID.randomUUID().toString().substring(0, 8);
        RunCommand.prepareJvm();
        if (settings.text("upstream.url").isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("sluice: the sandbox answers; for a real API: UPSTREAM_URL=https://…/v1 OPENAI_API_KEY=…");
        }
        Places places = new Places(settings.integer("throttle.max-concurrent", 1, 100_000));
        Standard standard = new Standard(standardInput(), standardOutput());
        try (Batch batch = Batch.open(files, how, places, clock, runId, standard)) {
            Main main = RunCommand.main(directories.routes(), directories.config(), overrides);
            try (StopSignals signals = StopSignals.handle(() -> {
                batch.stop();
                main.stop();
                batch.abandon();
            })) {
                FutureTask<Void> caughtUp = meanwhile(() -> {
                    batch.catchUp();
                    return null;
                });
                main.start();
                caughtUp.get();
                return run(files, batch, main, settings, signals);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } finally {
                main.stop();
            }
        }
    }

    private int run(BatchFiles files, Batch batch, Main main, Settings settings, StopSignals signals) throws Exception {
        BatchReport report =
                new BatchReport(files, batch, usage(main, settings), style(), out(files), System::nanoTime);
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
        boolean complete = batch.counts().complete();
        Stop stop = complete ? null : batch.stopped();
        report.summary(stop);
        if (stop != null) {
            spec.commandLine().getErr().println("sluice: " + stop.why());
            return exitCode(stop.kind());
        }
        if (!complete) {
            return signals.exitCode();
        }
        return batch.counts().failed() > 0 ? 1 : 0;
    }

    /** Whether lines that wait for a permit or a retry are better left for the next run. */
    private static boolean needNotWait(@Nullable Stop stop) {
        return stop != null && (stop.kind() == Stop.Kind.DEADLINE || stop.kind() == Stop.Kind.REFUSED);
    }

    private static int exitCode(Stop.Kind kind) {
        return switch (kind) {
            case DEADLINE, BUDGET, REFUSED -> STOPPED_BY_ITSELF;
            case INPUT -> 2;
            case OUTPUT -> 1;
        };
    }

    private static FutureTask<Void> meanwhile(Callable<Void> work) {
        FutureTask<Void> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "batch-catch-up");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Only the routes that a line takes, and no port: several batches may run side by side, and beside a server. */
    private Map<String, String> overrides() {
        Map<String, String> overrides = new HashMap<>(Map.of(
                "intakes",
                "",
                "routes.reload",
                "false",
                "camel.management.enabled",
                "false",
                "camel.main.auto-startup-exclude-pattern",
                "(?!direct:)[\\w.+-]+:.*"));
        if (concurrency != null) {
            if (concurrency < 1 || concurrency > 100_000) {
                throw new ParameterException(
                        spec.commandLine(), "--concurrency must be from 1 to 100000, was " + concurrency);
            }
            overrides.put("throttle.max-concurrent", Integer.toString(concurrency));
        }
        return overrides;
    }

    private static Usage usage(Main main, Settings settings) {
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

    private BatchReport.Style style() {
        if (json) {
            return BatchReport.Style.JSON;
        }
        return Ansi.AUTO.enabled() ? BatchReport.Style.BAR : BatchReport.Style.PLAIN;
    }

    /** Standard output belongs to the answers if they go there. */
    private PrintWriter out(BatchFiles files) {
        return files.toStandardOutput()
                ? spec.commandLine().getErr()
                : spec.commandLine().getOut();
    }

    private static InputStream standardInput() {
        return new FileInputStream(FileDescriptor.in);
    }

    private static OutputStream standardOutput() {
        return new FileOutputStream(FileDescriptor.out);
    }
}
