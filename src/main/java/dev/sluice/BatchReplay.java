package dev.sluice;

import dev.sluice.batch.BatchFiles;
import dev.sluice.batch.BatchRefusedException;
import dev.sluice.batch.FailedLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@code sluice replay --source batch IN.jsonl}: the failed lines of a batch become {@code IN.again.jsonl}. */
final class BatchReplay {

    private BatchReplay() {}

    /**
     * Writes them, and tells how to run them.
     *
     * @param errors null for the place where a batch puts them
     * @param wanted by the code of the error
     */
    static void run(
            Settings settings,
            Path input,
            @Nullable Path errors,
            Predicate<String> wanted,
            boolean dryRun,
            PrintWriter out)
            throws IOException, BatchRefusedException {
        Path again = BatchFiles.beside(input, "again");
        FailedLines failed = new FailedLines(
                BatchFiles.of(input, null, errors), settings.integer("batch.max-line-bytes", 1, 1 << 30));
        long lines = failed.write(wanted, dryRun ? null : again);
        out.println((dryRun ? "would be taken: " : "taken: ") + lines + " lines");
        if (lines > 0 && !dryRun) {
            out.println("next: bin/sluice batch " + again);
        }
    }
}
