package dev.sluice.intake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * The pieces of an answer, a line each, in a file that grows in the sub-folder {@value #FOLDER} of the outbox while they
 * come. It gets its final name with the answer, or is deleted; what a crash leaves is deleted at the next start. So
 * beside an answer there is never anything but the pieces that it was made of.
 *
 * <p>Used by one thread at a time.
 */
final class LiveFile {
    static final String FOLDER = ".live";
    private static final String SUFFIX = ".pieces.jsonl";

    private final Path path;
    private final Path target;
    private final FileChannel channel;
    private long bytes;
    private boolean complete;

    private LiveFile(Path path, Path target) throws IOException {
        this.path = path;
        this.target = target;
        Files.createDirectories(Objects.requireNonNull(path.getParent(), "parent"));
        this.channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    /** @param message path of the message below the inbox */
    static LiveFile open(Path outbox, Path message) throws IOException {
        return new LiveFile(
                FileNames.withSuffix(outbox.resolve(FOLDER).resolve(message), SUFFIX),
                FileNames.withSuffix(outbox.resolve(message), SUFFIX));
    }

    /** Where it grows. */
    Path path() {
        return path;
    }

    /** Where it goes in the end. */
    Path target() {
        return target;
    }

    void add(String line) throws IOException {
        ByteBuffer left = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        bytes += left.remaining();
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    /** How many bytes it was to hold so far, though they could not be written. */
    long bytes() {
        return bytes;
    }

    /** Nothing more comes: from now on it is on disk. */
    void complete() throws IOException {
        channel.force(false);
        channel.close();
        complete = true;
    }

    boolean isComplete() {
        return complete;
    }

    /** Deletes it, unless it has gone where it belongs. */
    void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
