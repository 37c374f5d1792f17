package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes an output appear and its input move as one step that a crash cannot tear.
 *
 * <p>An output is staged as {@code .sluice/<id>.part} in the folder that it is for. To commit it, a {@link Note} of what
 * is about to happen goes into the {@link CommitLog} beside it, then the input is moved, then the part is renamed to its
 * final name. As long as there is a part, its note is valid: after a crash, {@link #recover} carries it out, and drops a
 * part without a note, its input being where it was. Pieces of the output that have grown in a {@link LiveFile} are renamed
 * before the part, so they are beside it whenever it is there. So an output appears exactly once, whole, whenever the process died;
 * part and note are forced to disk before the first move, so a power cut changes nothing.
 *
 * <p>Thread-safe for distinct ids.
 */
final class Staging {
    private static final String PART = ".part";

    private final Path outputs;
    private final Path inputs;
    private final Path staged;
    private final CommitLog log;
    private final FolderLock lock;

    /**
     * @param outputs the outputs' folder
     * @param inputs where inputs are moved to
     * @param staged where outputs wait for their commit, on the same file system; no other process uses it
     */
    Staging(Path outputs, Path inputs, Path staged) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.staged = staged;
        this.log = new CommitLog(staged);
        this.lock = new FolderLock(staged.resolve("lock"), outputs);
    }

    /**
     * A step that has been done. Where something was in the way, the paths are others than those that were asked for.
     *
     * @param id of the request
     * @param input where it was
     * @param movedTo where it is now
     * @param output null if there is none
     */
    record Published(
            String id, Path input, Path movedTo, @Nullable Path output) {}

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
        Published commit(FolderMessage input, Path movedTo) throws IOException {
            LiveFile pieces = input.completePieces();
            Note note = new Note(
                    id,
                    input.file(),
                    input.size(),
                    input.modified(),
                    movedTo,
                    output,
                    pieces == null ? null : pieces.path(),
                    pieces == null ? null : pieces.target());
            CommitLog.Entry entry = log.append(note.toJson());
            Published published = carryOut(note);
            entry.done();
            return published;
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

    /** Moves an input that has no output. */
    Published moveAway(String id, FolderMessage input, Path movedTo) throws IOException {
        return new Published(id, input.file(), moveInput(id, input.file(), movedTo), null);
    }

    /**
     * Takes the folder for this process, carries out what a crash interrupted, and drops what it left unfinished. Must run
     * before messages are taken, while no commit is under way.
     *
     * @param ended is told what was carried out
     * @throws IOException also if another process holds the folder
     */
    void recover(Consumer<Published> ended) throws IOException {
        makeFolder(staged);
        lock.take();
        log.replay(text -> {
            Note note = Note.parse(text);
            if (Files.exists(part(note.id))) {
                ended.accept(carryOut(note));
            }
        });
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(staged, "*" + PART)) {
            for (Path part : parts) {
                Files.deleteIfExists(part); // half an output, or nothing had been moved yet
            }
        }
        deleteFolder(outputs.resolve(LiveFile.FOLDER));
    }

    private static void deleteFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(each);
                }
            }
        }
    }

    /** Lets another process have the folder. */
    void release() throws IOException {
        lock.release();
    }

    /** Fails if the folder cannot hold another output of this size and its note, because the disk is full for example. */
    void probe(int bytes) throws IOException {
        makeFolder(staged);
        Path probe = staged.resolve("probe" + PART);
        try {
            write(probe, new byte[CommitLog.FILE_BYTES + bytes]);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    static boolean isSame(BasicFileAttributes file, long size, FileTime modified) {
        return file.size() == size && file.lastModifiedTime().equals(modified);
    }

    private Published carryOut(Note note) throws IOException {
        if (!Files.exists(part(note.id))) {
            throw new NoSuchFileException(part(note.id).toString()); // before its message is moved
        }
        Path movedTo = note.inputIsStillThere() ? moveInput(note.id, note.input, note.movedTo) : note.movedTo;
        if (note.live != null && note.pieces != null && Files.exists(note.live)) {
            move(note.live, free(note.pieces, outputs, note.id), note.id);
        }
        Path output = free(note.output, outputs, note.id);
        move(part(note.id), output, note.id); // last: as long as it is there, all this can be done again
        return new Published(note.id, note.input, movedTo, output);
    }

    private Path moveInput(String id, Path input, Path to) throws IOException {
        Path target = free(to, inputs, id);
        try {
            move(input, target, id);
        } catch (NoSuchFileException e) {
            if (Files.exists(input)) {
                throw e;
            }
            // its sender took it back at this very moment: the answer is published all the same
        }
        Path from = folderOf(input);
        Path into = folderOf(target);
        if (!onOneDisk(from, staged) || !onOneDisk(into, staged)) {
            forceFolder(into); // nothing else keeps this move before that of the output
            forceFolder(from);
        }
        return target;
    }

    /** The path itself, or one beside it where it is a folder, or is to be in a folder that is a file. */
    private static Path free(Path to, Path root, String id) {
        Path place = freeFolder(folderOf(to), root, id).resolve(to.getFileName());
        return Files.isDirectory(place) ? FileNames.marked(place, id) : place;
    }

    private static Path freeFolder(Path folder, Path root, String id) {
        if (Files.isDirectory(folder) || folder.equals(root) || !folder.startsWith(root)) {
            return folder;
        }
        return Files.exists(folder)
                ? FileNames.marked(folder, id)
                : freeFolder(folderOf(folder), root, id).resolve(folder.getFileName());
    }

    private Path part(String id) {
        return staged.resolve(id + PART);
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.getParent(), "parent");
    }

    /** Asked first: on JDK 17, createDirectories throws and catches an exception for each folder that is there. */
    private static void makeFolder(@Nullable Path folder) throws IOException {
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder);
        }
    }

    /** Whole or not at all, also between file systems. */
    static void move(Path from, Path to, String id) throws IOException {
        makeFolder(to.getParent());
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) { // another file system: whole and on disk, then visible
            Path copy = to.resolveSibling("." + id + PART);
            Files.copy(from, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            force(copy);
            Files.move(copy, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.delete(from);
        }
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void forceFolder(Path folder) {
        try {
            force(folder);
        } catch (IOException e) {
            // not every system forces folders
        }
    }

    private static boolean onOneDisk(Path one, Path other) {
        try {
            return Files.getAttribute(one, "unix:dev").equals(Files.getAttribute(other, "unix:dev"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return true; // cannot be told here
        }
    }

    /** Writes a file whose name nobody looks at yet, and forces it to disk. */
    static void write(Path file, byte[] content) throws IOException {
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
    private record Note(
            String id,
            Path input,
            long size,
            FileTime modified,
            Path movedTo,
            Path output,
            @Nullable Path live,
            @Nullable Path pieces) {

        String toJson() {
            ObjectNode json = ChatBody.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("input", input.toString())
                    .put("size", size)
                    .put("modified", modified.toString())
                    .put("movedTo", movedTo.toString())
                    .put("output", output.toString());
            if (live != null && pieces != null) {
                json.put("live", live.toString()).put("pieces", pieces.toString());
            }
            return json.toString();
        }

        static Note parse(String text) throws IOException {
            JsonNode json = ChatBody.JSON.readTree(text);
            try {
                return new Note(
                        json.get("id").textValue(),
                        Path.of(json.get("input").textValue()),
                        json.get("size").longValue(),
                        FileTime.from(Instant.parse(json.get("modified").textValue())),
                        Path.of(json.get("movedTo").textValue()),
                        Path.of(json.get("output").textValue()),
                        json.has("live") ? Path.of(json.get("live").textValue()) : null,
                        json.has("pieces") ? Path.of(json.get("pieces").textValue()) : null);
            } catch (InvalidPathException e) {
                throw new IOException("a name cannot be read in this locale; start with LC_ALL=C.UTF-8", e);
            }
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
