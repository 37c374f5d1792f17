package dev.sluice;

import dev.sluice.batch.BatchFiles;
import dev.sluice.batch.BatchRefusedException;
import dev.sluice.batch.BatchReport;
import dev.sluice.batch.BatchSettings;
import dev.sluice.batch.DryRun;
import dev.sluice.batch.Standard;
import dev.sluice.check.Directories;
import dev.sluice.intake.Api;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "What every line asks, like /v1/embeddings; bare lines without it: see docs/batch.md.")
    private @Nullable String endpoint;

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
            BatchSettings how = settings(settings);
            return dryRun ? dryRun(files, how, settings) : run(files, how, settings, overrides);
        } catch (BatchRefusedException e) {
            throw new Settings.ConfigurationException(String.valueOf(e.getMessage()));
        }
    }

    private BatchSettings settings(Settings settings) {
        boolean prices = !settings.text("batch.prices").isEmpty();
        BatchSettings how = Batches.settings(settings, bounds.bounds(clock, Batches.refusals(settings), prices), model);
        String url = endpoint;
        return url == null ? how : how.only(Api.ofUrl(url).orElseThrow(() -> unknown(url)));
    }

    private ParameterException unknown(String url) {
        String known = Arrays.stream(Api.values()).map(Api::url).collect(Collectors.joining(", "));
        return new ParameterException(spec.commandLine(), "--endpoint must be one of %s, was %s".formatted(known, url));
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
        overrides.putAll(Dispatch.ofBatch(settings, files));
        RunCommand.prepareJvm();
        PrintWriter err = spec.commandLine().getErr();
        if (settings.text("upstream.url").isEmpty()) {
            err.println("sluice: the sandbox answers; for a real API: UPSTREAM_URL=https://…/v1 OPENAI_API_KEY=…");
        }
        // standard output belongs to the answers if they go there
        PrintWriter out = files.toStandardOutput() ? err : spec.commandLine().getOut();
        Standard standard = new Standard(standardInput(), new FileOutputStream(FileDescriptor.out));
        return new OneBatch(files, how, settings, clock, standard, style(), out, err)
                .run(RunCommand.main(directories.routes(), directories.config(), overrides));
    }

    /**
     * Only the routes that a line takes, the one that tells how far the batch is, and no port: several batches may run side by
     * side, and beside a server.
     */
    private Map<String, String> overrides() {
        Map<String, String> overrides = new HashMap<>(Map.of(
                "intakes",
                "",
                "routes.reload",
                "false",
                "camel.management.enabled",
                "false",
                "camel.main.auto-startup-exclude-pattern",
                "(?!direct:|timer:/*progress\\b)[\\w.+-]+:.*"));
        if (concurrency != null) {
            if (concurrency < 1 || concurrency > 100_000) {
                throw new ParameterException(
                        spec.commandLine(), "--concurrency must be from 1 to 100000, was " + concurrency);
            }
            overrides.put("throttle.max-concurrent", Integer.toString(concurrency));
            overrides.put("dispatch.max-outstanding", Integer.toString(concurrency));
        }
        return overrides;
    }

    private BatchReport.Style style() {
        if (json) {
            return BatchReport.Style.JSON;
        }
        return Ansi.AUTO.enabled() ? BatchReport.Style.BAR : BatchReport.Style.PLAIN;
    }

    private static InputStream standardInput() {
        return new FileInputStream(FileDescriptor.in);
    }
}
