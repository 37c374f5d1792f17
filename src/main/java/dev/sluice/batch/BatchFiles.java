package dev.sluice.batch;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of a batch.
 *
 * @param input the lines; {@code -} is standard input
 * @param output their answers; {@code -} is standard output
 * @param errors the lines that ended in an error; {@code -} is standard output, too
 */
public record BatchFiles(Path input, Path output, Path errors) {
    static final Path STANDARD = Path.of("-");

    /**
     * What is not named stands beside the input, {@code in.output.jsonl} and {@code in.errors.jsonl}; the errors beside
     * the output if only that is named.
     */
    public static BatchFiles of(Path input, @Nullable Path output, @Nullable Path errors) throws BatchRefusedException {
        Path out = output != null ? output : input.equals(STANDARD) ? STANDARD : beside(input, "output");
        Path err = errors != null
                ? errors
                : out.equals(STANDARD) ? STANDARD : beside(output == null ? input : output, "errors");
        BatchFiles files = new BatchFiles(input, out, err);
        files.check();
        return files;
    }

    boolean fromStandardInput() {
        return input.equals(STANDARD);
    }

    /** Whether the answers go to standard output, of which nothing can be remembered. */
    public boolean toStandardOutput() {
        return output.equals(STANDARD);
    }

    /** Whether another run may go on where one has stopped. */
    public boolean canBeResumed() {
        return !toStandardOutput() && !fromStandardInput();
    }

    /** What is remembered of the batch, beside the output. */
    Path ledger() {
        return output.resolveSibling(output.getFileName() + ".ledger");
    }

    private void check() throws BatchRefusedException {
        if (errors.equals(STANDARD) && !output.equals(STANDARD)) {
            throw new BatchRefusedException("--errors cannot be standard output when --out is a file; name a file");
        }
        for (Path other : new Path[] {output, errors}) {
            if (!other.equals(STANDARD) && same(other, input)) {
                throw new BatchRefusedException(other + " is the input; name another file");
            }
        }
        if (!toStandardOutput() && same(output, errors)) {
            throw new BatchRefusedException("--out and --errors are both %s; name two files".formatted(output));
        }
    }

    private static boolean same(Path a, Path b) {
        return a.toAbsolutePath().normalize().equals(b.toAbsolutePath().normalize());
    }

    /** {@code in.what.jsonl} for {@code in.jsonl}, {@code in.ndjson.gz} and the like. */
    public static Path beside(Path file, String what) {
        String name =
                Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("batch");
        return file.resolveSibling(name.replaceAll("(?i)(\\.jsonl|\\.ndjson)?(\\.gz)?$", "") + "." + what + ".jsonl");
    }
}
