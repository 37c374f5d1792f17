package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The lines of an input that ended in errors, byte for byte as an input of their own: so what failed is sent once more, and what
 * is answered is not. Input and errors are read, never changed.
 */
public final class FailedLines {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final BatchFiles files;
    private final int maxBytes;

    /** @param maxBytes the longest line ({@code batch.max-line-bytes}); longer ones are not taken: they fail again */
    public FailedLines(BatchFiles files, int maxBytes) {
        this.files = files;
        this.maxBytes = maxBytes;
    }

    /**
     * Writes them in the order of the input.
     *
     * @param wanted by the code of the error
     * @param to a new file, whole or not there; null: they are only counted
     * @return how many there are
     * @throws BatchRefusedException if the input cannot be read, or there is such a file already
     */
    public long write(Predicate<String> wanted, @Nullable Path to) throws IOException, BatchRefusedException {
        new Input(files, InputStream.nullInputStream()).size(); // can it be read?
        if (!Files.isRegularFile(files.errors())) {
            throw new BatchRefusedException(files.errors() + " does not exist; name the errors with --errors");
        }
        if (to == null) {
            return copy(failed(wanted), OutputStream.nullOutputStream());
        }
        if (Files.exists(to)) {
            throw new BatchRefusedException(to + " exists; run it with bin/sluice batch, or remove it");
        }
        Path part = to.resolveSibling(to.getFileName() + ".part");
        long lines;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
            lines = copy(failed(wanted), out);
        }
        if (lines == 0) {
            Files.delete(part);
        } else {
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
        }
        return lines;
    }

    /**
     * Which lines: those that had no response by their number, others by their id, or by their number if they have none.
     */
    private record Failed(Set<Long> numbers, Set<String> ids) {

        /** A second line with the same id is another line. */
        private boolean take(long number, @Nullable String id) {
            return numbers.contains(number) || ids.remove(id == null ? Long.toString(number) : id);
        }
    }

    private Failed failed(Predicate<String> wanted) throws IOException {
        Failed failed = new Failed(new HashSet<>(), new HashSet<>());
        try (LineReader errors = new LineReader(Files.newInputStream(files.errors()), Integer.MAX_VALUE - 8)) {
            for (Line line = errors.next(any -> true); line != null; line = errors.next(any -> true)) {
                JsonNode result = JSON.readTree(line.bytes());
                JsonNode error =
                        result.path("error").isObject() ? result.path("error") : result.at("/response/body/error");
                if (!error.isObject() || !wanted.test(error.path("code").asText())) {
                    continue; // an answer: both may be in one file
                }
                if (error.has("line")) {
                    failed.numbers.add(error.path("line").asLong());
                } else {
                    failed.ids.add(result.path("custom_id").asText());
                }
            }
        }
        return failed;
    }

    private long copy(Failed failed, OutputStream out) throws IOException {
        LineParser parser = new LineParser(maxBytes, null, Origin.HERE);
        long lines = 0;
        InputStream in = new Input(files, InputStream.nullInputStream()).open();
        try (LineReader input = new LineReader(in, maxBytes)) {
            for (Line line = input.next(any -> true); line != null; line = input.next(any -> true)) {
                if (!line.tooLong()
                        && failed.take(line.number(), parser.parse(line).customId())) {
                    out.write(line.bytes());
                    out.write('\n');
                    lines++;
                }
            }
        }
        return lines;
    }
}
