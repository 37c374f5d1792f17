package dev.sluice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.batch.BatchStatus;
import dev.sluice.check.Directories;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice batch status}: how far the batches of a server are; docs/batch.md. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Shows the batches of a server, from the files in batch.state; run it where the server runs.")
final class BatchStatusCommand implements Callable<Integer> {
    @Mixin
    private final Directories directories;

    @Option(names = "--json", description = "A JSON object for each, one a line.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    BatchStatusCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() throws IOException {
        RunCommand.require(spec, "--config", directories.config());
        Settings settings = RunCommand.settings(directories.config(), Map.of());
        Path state = settings.path("batch.state");
        List<ObjectNode> all = BatchStatus.in(state, Clock.systemUTC());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            all.forEach(out::println);
        } else if (all.isEmpty()) {
            out.println("no batches in %s; drop a JSONL file into %s of a running server"
                    .formatted(state, settings.text("batch.inbox")));
        } else {
            out.printf("%-12s %12s %10s %12s  %s%n", "status", "done", "failed", "total", "batch");
            all.forEach(status -> print(status, out));
        }
        out.flush();
        return 0;
    }

    private static void print(ObjectNode status, PrintWriter out) {
        @Nullable String problem = status.path("problem").textValue();
        out.printf(
                Locale.ROOT,
                "%-12s %12d %10d %12s  %s%s%n",
                status.path("status").asText(),
                status.path("done").asLong(),
                status.path("failed").asLong(),
                status.path("total").isNumber() ? status.path("total").asText() : "?",
                status.path("name").asText(),
                problem == null ? "" : ": " + problem);
    }
}
