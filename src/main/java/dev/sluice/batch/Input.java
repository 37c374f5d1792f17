package dev.sluice.batch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * The file of lines, unpacked if it ends in {@code .gz}; or standard input, which can be read only once.
 *
 * @param standardInput what {@code -} stands for
 */
record Input(BatchFiles files, InputStream standardInput) {
    private static final int BUFFER = 64 * 1024;

    /** The size of the file as it is on disk; -1 of standard input. */
    long size() throws BatchRefusedException {
        if (files.fromStandardInput()) {
            return -1;
        }
        Path file = files.input();
        try {
            if (Files.isRegularFile(file) && Files.isReadable(file)) {
                return Files.size(file);
            }
        } catch (IOException e) {
            throw new BatchRefusedException("%s cannot be read: %s".formatted(file, e));
        }
        throw new BatchRefusedException("%s %s; name a JSONL file that can be read"
                .formatted(
                        file,
                        !Files.exists(file)
                                ? "does not exist"
                                : Files.isDirectory(file) ? "is a folder" : "cannot be read"));
    }

    InputStream open() throws IOException {
        if (files.fromStandardInput()) {
            return new FilterInputStream(standardInput) {
                @Override
                public void close() {
                    // not ours
                }
            };
        }
        InputStream in = Files.newInputStream(files.input());
        boolean packed = files.input().toString().toLowerCase(Locale.ROOT).endsWith(".gz");
        return packed ? unpacked(in) : in;
    }

    private static InputStream unpacked(InputStream in) throws IOException {
        try {
            return new GZIPInputStream(in, BUFFER);
        } catch (IOException e) {
            in.close(); // nobody else can: its header is read here
            throw e;
        }
    }
}
