package dev.sluice;

import dev.sluice.batch.BatchRefusedException;
import dev.sluice.check.Directories;
import dev.sluice.intake.DeadLetters;
import dev.sluice.intake.FailureRecord;
import dev.sluice.intake.FolderDeadLetters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice replay}: failed messages go back to where they came from, and through the same path again. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description =
                "Sends failed messages again: they go back to where they came from, and a running Sluice takes them.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:what was wanted is sent, which may be nothing",
            "1:not all could be sent, or another replay is at work",
            "2:bad usage or configuration"
        })
final class ReplayCommand implements Callable<Integer> {
    @Mixin
    private final Directories directories;

    @Option(names = "--code", paramLabel = "C", description = "Only failures with this code, as in the error record.")
    private @Nullable String code;

    @Option(
            names = "--since",
            paramLabel = "T",
            description = "Only failures since then: 2026-11-23, 2026-11-23T10:15:00Z, or how long ago: 90m, 6h, 2d.")
    private @Nullable String since;

    @Option(names = "--source", paramLabel = "S", description = "Only failures kept there: folder, jms; or batch.")
    private @Nullable String source;

    @Parameters(
            paramLabel = "IN.jsonl",
            arity = "0..1",
            description = "With --source batch: the input; its failed lines become IN.again.jsonl.")
    private @Nullable Path input;

    @Option(names = "--errors", paramLabel = "F", description = "With --source batch: its errors (IN.errors.jsonl).")
    private @Nullable Path errors;

    @Option(names = "--dry-run", description = "Tell what would be sent, and send nothing.")
    private boolean dryRun;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    ReplayCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() {
        RunCommand.require(spec, "--config", directories.config());
        Settings settings = RunCommand.settings(directories.config(), Map.of());
        try (ReplayTurn turn = ReplayTurn.take(dryRun ? "" : settings.text("redis.url"))) {
            return "batch".equals(source) ? batch(settings) : letters(settings);
        } catch (BatchRefusedException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            spec.commandLine().getErr().println("sluice: replay stopped: " + e.getMessage());
            return 1;
        }
    }

    private int batch(Settings settings) throws IOException, BatchRefusedException {
        if (input == null || since != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--source batch takes the input, IN.jsonl, and no --since: its errors tell no time");
        }
        PrintWriter out = spec.commandLine().getOut();
        BatchReplay.run(settings, input, errors, failed -> code == null || code.equals(failed), dryRun, out);
        return 0;
    }

    private int letters(Settings settings) throws IOException {
        if (input != null || errors != null) {
            throw new ParameterException(spec.commandLine(), "a file is replayed with --source batch");
        }
        Instant from = from();
        List<DeadLetters> places = wanted(settings);
        AtomicInteger count = new AtomicInteger();
        PrintWriter out = spec.commandLine().getOut();
        try {
            for (DeadLetters letters : places) {
                letters.replay(record -> isWanted(record, from), dryRun, replayed -> {
                    count.incrementAndGet();
                    out.println(line(letters, replayed));
                });
            }
        } finally {
            out.println((dryRun ? "would be replayed: " : "replayed: ") + count);
            out.flush();
        }
        return 0;
    }

    private String line(DeadLetters letters, DeadLetters.Replayed replayed) {
        return "request=%s %s source=%s code=%s at=%s message=%s to=%s"
                .formatted(
                        replayed.record().requestId(),
                        dryRun ? "would be replayed" : "replayed",
                        letters.source(),
                        replayed.record().code(),
                        replayed.record().at(),
                        printable(replayed.message()),
                        printable(replayed.to()));
    }

    private List<DeadLetters> wanted(Settings settings) {
        DeadLetters folder = new FolderDeadLetters(Folders.from(settings), Clock.systemUTC());
        DeadLetters jms = JmsSettings.deadLetters(settings);
        if (source == null) {
            return JmsSettings.isUsed(settings) ? List.of(folder, jms) : List.of(folder);
        }
        return Stream.of(folder, jms)
                .filter(letters -> letters.source().equals(source))
                .findFirst()
                .map(List::of)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--source must be one of folder, jms, batch, was " + source));
    }

    private boolean isWanted(FailureRecord record, Instant from) {
        return (code == null || code.equals(record.code())) && !at(record).isBefore(from);
    }

    private static Instant at(FailureRecord record) {
        try {
            return Instant.parse(record.at());
        } catch (DateTimeException e) {
            return Instant.MIN;
        }
    }

    private Instant from() {
        try {
            return since == null ? Instant.MIN : Since.parse(since, Clock.systemDefaultZone());
        } catch (DateTimeException e) {
            throw new ParameterException(
                    spec.commandLine(), "--since must be like 2026-11-23, 2026-11-23T10:15:00Z or 6h, was " + since);
        }
    }

    private static String printable(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
