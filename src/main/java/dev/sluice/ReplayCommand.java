package dev.sluice;

import dev.sluice.check.Directories;
import dev.sluice.intake.DeadLetters;
import dev.sluice.intake.FailureRecord;
import dev.sluice.intake.FolderDeadLetters;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(names = "--source", paramLabel = "S", description = "Only failures kept there: folder.")
    private @Nullable String source;

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
        Instant from = since == null ? Instant.MIN : moment(since, Clock.systemDefaultZone());
        PrintWriter out = spec.commandLine().getOut();
        AtomicInteger count = new AtomicInteger();
        try {
            for (DeadLetters letters :
                    wanted(List.of(new FolderDeadLetters(Folders.from(settings), Clock.systemUTC())))) {
                letters.replay(record -> isWanted(record, from), dryRun, replayed -> {
                    count.incrementAndGet();
                    out.printf(
                            "request=%s %s source=%s code=%s at=%s message=%s to=%s%n",
                            replayed.record().requestId(),
                            dryRun ? "would be replayed" : "replayed",
                            letters.source(),
                            replayed.record().code(),
                            replayed.record().at(),
                            printable(replayed.message()),
                            printable(replayed.to()));
                });
            }
        } catch (IOException e) {
            spec.commandLine()
                    .getErr()
                    .println("sluice: replay stopped after %d: %s".formatted(count.get(), e.getMessage()));
            return 1;
        } finally {
            out.println((dryRun ? "would be replayed: " : "replayed: ") + count);
            out.flush();
        }
        return 0;
    }

    private List<DeadLetters> wanted(List<DeadLetters> all) {
        List<DeadLetters> chosen = all.stream()
                .filter(letters -> source == null || letters.source().equals(source))
                .toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--source must be one of %s, was %s"
                            .formatted(
                                    all.stream().map(DeadLetters::source).collect(Collectors.joining(", ")), source));
        }
        return chosen;
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

    private Instant moment(String text, Clock clock) {
        try {
            if (text.matches("\\d{1,6}[smhd]")) {
                long number = Long.parseLong(text.substring(0, text.length() - 1));
                return clock.instant()
                        .minus(
                                switch (text.charAt(text.length() - 1)) {
                                    case 's' -> Duration.ofSeconds(number);
                                    case 'm' -> Duration.ofMinutes(number);
                                    case 'h' -> Duration.ofHours(number);
                                    default -> Duration.ofDays(number);
                                });
            }
            return text.contains("T")
                    ? Instant.parse(text)
                    : LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeException e) {
            throw new ParameterException(
                    spec.commandLine(), "--since must be like 2026-11-23, 2026-11-23T10:15:00Z or 6h, was " + text);
        }
    }

    private static String printable(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
