package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes an output appear and its input move as one step that a crash cannot tear.
 *
 * <p>An output is staged as {@code .sluice/<id>.part} in the folder that it is for. To commit it, a {@link Note} of what
 * is about to happen goes into the {@link CommitLog} beside it, then the input is moved, then the part is renamed to its
 * final name. As long as there is a part, its note is valid: after a crash, {@link #recover} carries it out, and drops a
 * part without a note, its input being where it was. So an output appears exactly once, whole, whenever the process died;
 * part and note are forced to disk before the first move, so a power cut changes nothing.
 *
 * <p>Thread-safe for distinct ids.
 */
final class Staging {
    private static final String PART = ".part";

    private final Path staged;
    private final CommitLog log;

    /** @param folder the outputs' folder; its sub-folder {@code .sluice} must be on the same file system */
    Staging(Path folder) {
        this.staged = folder.resolve(".sluice");
        this.log = new CommitLog(staged);
    }

    /** An output that waits for its commit. */
    final class Staged {
        private final String id;
        private final Path output;

        private Staged(String id, Path output) {
            this.id = id;
            this.output = output;
        }

        Path output() {
            return output;
        }

        /** Publishes the output and moves the input, both or neither; if it fails, {@link #recover} decides which. */
        void commit(FolderMessage input, Path movedTo) throws IOException {
            Note note = new Note(id, input.file(), input.size(), input.modified(), movedTo, output);
            CommitLog.Entry entry = log.append(note.toJson());
            carryOut(note);
            entry.done();
        }

        void discard() throws IOException {
            Files.deleteIfExists(part(id));
        }
    }

    /** Writes an output aside, whole and on disk. */
    Staged stage(String id, byte[] content, Path output) throws IOException {
        makeFolder(staged);
        makeFolder(output.getParent());
        Staged result = new Staged(id, output);
        try {
            write(part(id), content);
            return result;
        } catch (IOException e) {
            result.discard();
            throw e;
        }
    }

    /**
     * Carries out what a crash interrupted, and drops what it left unfinished. Must run before messages are taken, while
     * no commit is under way.
     */
    void recover() throws IOException {
        makeFolder(staged);
        log.replay(text -> {
            Note note = Note.parse(text);
            if (Files.exists(part(note.id))) {
                carryOut(note);
            }
        });
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(staged, "*" + PART)) {
            for (Path part : parts) {
                Files.deleteIfExists(part); // half an output, or nothing had been moved yet
            }
        }
    }

    /** Fails if the folder cannot hold another output, because the disk is full for example. */
    void probe() throws IOException {
        makeFolder(staged);
        Path probe = staged.resolve("probe" + PART);
        try {
            write(probe, new byte[64 * 1024]);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    static boolean isSame(BasicFileAttributes file, long size, FileTime modified) {
        return file.size() == size && file.lastModifiedTime().equals(modified);
    }

    private void carryOut(Note note) throws IOException {
        if (note.inputIsStillThere()) {
            move(note.input, note.movedTo);
        }
        move(part(note.id), note.output);
    }

    private Path part(String id) {
        return staged.resolve(id + PART);
    }

    /** Asked first: on JDK 17, createDirectories throws and catches an exception for each folder that is there. */
    private static void makeFolder(@Nullable Path folder) throws IOException {
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        makeFolder(to.getParent());
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) { // another file system: whole, then visible
            Path copy = to.resolveSibling("." + to.getFileName().hashCode() + PART);
            Files.copy(from, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            Files.move(copy, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.delete(from);
        } catch (NoSuchFileException e) {
            if (Files.exists(from)) {
                throw e;
            }
            // its sender took it back at this very moment: the answer is published all the same
        }
    }

    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(false);
        }
    }

    /** What a commit is about to do. */
    private record Note(String id, Path input, long size, FileTime modified, Path movedTo, Path output) {

        String toJson() {
            return ChatBody.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("input", input.toString())
                    .put("size", size)
                    .put("modified", modified.toString())
                    .put("movedTo", movedTo.toString())
                    .put("output", output.toString())
                    .toString();
        }

        static Note parse(String text) throws IOException {
            JsonNode json = ChatBody.JSON.readTree(text);
            return new Note(
                    json.get("id").textValue(),
                    Path.of(json.get("input").textValue()),
                    json.get("size").longValue(),
                    FileTime.from(Instant.parse(json.get("modified").textValue())),
                    Path.of(json.get("movedTo").textValue()),
                    Path.of(json.get("output").textValue()));
        }

        boolean inputIsStillThere() throws IOException {
            try {
                return isSame(Files.readAttributes(input, BasicFileAttributes.class), size, modified);
            } catch (NoSuchFileException e) {
                return false;
            }
        }
    }
}
