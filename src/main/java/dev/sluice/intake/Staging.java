package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes an output appear and its input move as one step that a crash cannot tear.
 *
 * <p>An output is staged as {@code .sluice/<id>.part} in the folder that it is for. To commit it, a {@link CommitNote} of what
 * is about to happen goes into the {@link CommitLog} beside it, then the input is moved, then the part is renamed to its
 * final name. As long as there is a part, its note is valid: after a crash, {@link #recover} carries it out, and drops a
 * part without a note, its input being where it was. Pieces of the output that have grown in a {@link LiveFile} are renamed
 * before the part, so they are beside it whenever it is there. So an output appears exactly once, whole, whenever the process died;
 * part and note are forced to disk before the first move, so a power cut changes nothing.
 *
 * <p>Thread-safe for distinct ids.
 */
final class Staging {
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
            CommitNote note = note(input, movedTo);
            CommitLog.Entry entry = log.append(note.toJson());
            Published published = carryOut(note);
            entry.done();
            return published;
        }

        /**
         * The same where another process may have the same input in hand: of two that move it, one does.
         *
         * @return null if the input has gone; then nothing is published
         */
        @Nullable
        Published commitUnlessGone(FolderMessage input, Path movedTo) throws IOException {
            CommitNote note = note(input, movedTo);
            CommitLog.Entry entry = log.append(note.toJson());
            Path moved = moveInput(note);
            if (moved == null && !Files.exists(note.input())) {
                discard(); // without it, its note says nothing
                entry.done();
                return null;
            }
            Published published = publish(note, moved);
            entry.done();
            return published;
        }

        private CommitNote note(FolderMessage input, Path movedTo) {
            LiveFile pieces = input.completePieces();
            return new CommitNote(
                    id,
                    input.file(),
                    input.size(),
                    input.modified(),
                    movedTo,
                    output,
                    pieces == null ? null : pieces.path(),
                    pieces == null ? null : pieces.target());
        }

        void discard() throws IOException {
            Files.deleteIfExists(part(id));
        }
    }

    /** Writes an output aside, whole and on disk. */
    Staged stage(String id, byte[] content, Path output) throws IOException {
        Disk.makeFolder(staged);
        Disk.makeFolder(output.getParent());
        Staged result = new Staged(id, output);
        try {
            Disk.write(part(id), content);
            return result;
        } catch (IOException e) {
            result.discard();
            throw e;
        }
    }

    /** Moves an input that has no output. */
    Published moveAway(String id, FolderMessage input, Path movedTo) throws IOException {
        Path moved = moveInput(id, input.file(), movedTo);
        return new Published(id, input.file(), moved == null ? movedTo : moved, null);
    }

    /**
     * Takes the folder for this process, carries out what a crash interrupted, and drops what it left unfinished. Must run
     * before messages are taken, while no commit is under way.
     *
     * @param ended is told what was carried out
     * @throws IOException also if another process holds the folder
     */
    void recover(Consumer<Published> ended) throws IOException {
        Disk.makeFolder(staged);
        lock.take();
        log.replay(text -> {
            CommitNote note = CommitNote.parse(text);
            if (Files.exists(part(note.id()))) {
                ended.accept(carryOut(note));
            }
        });
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(staged, "*" + Disk.PART)) {
            for (Path part : parts) {
                Files.deleteIfExists(part); // half an output, or nothing had been moved yet
            }
        }
        Disk.deleteFolder(staged.resolveSibling(LiveFile.FOLDER)); // of one that is alone: none has pieces that shares
    }

    /** Lets another process have the folder. */
    void release() throws IOException {
        lock.release();
    }

    /** Fails if the folder cannot hold another output of this size and its note, because the disk is full for example. */
    void probe(int bytes) throws IOException {
        Disk.makeFolder(staged);
        Path probe = staged.resolve("probe" + Disk.PART);
        try {
            Disk.write(probe, new byte[CommitLog.FILE_BYTES + bytes]);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private Published carryOut(CommitNote note) throws IOException {
        return publish(note, moveInput(note));
    }

    /** Where the input is now; null if it was not there any more. */
    private @Nullable Path moveInput(CommitNote note) throws IOException {
        if (!Files.exists(part(note.id()))) {
            throw new NoSuchFileException(part(note.id()).toString()); // before its message is moved
        }
        return note.inputIsStillThere() ? moveInput(note.id(), note.input(), note.movedTo()) : null;
    }

    /** @param moved null if the input was moved before, or never */
    private Published publish(CommitNote note, @Nullable Path moved) throws IOException {
        if (note.live() != null && note.pieces() != null && Files.exists(note.live())) {
            Disk.move(note.live(), free(note.pieces(), outputs, note.id()), note.id());
        }
        Path output = free(note.output(), outputs, note.id());
        Disk.move(part(note.id()), output, note.id()); // last: as long as it is there, all this can be done again
        return new Published(note.id(), note.input(), moved == null ? note.movedTo() : moved, output);
    }

    private @Nullable Path moveInput(String id, Path input, Path to) throws IOException {
        Path target = free(to, inputs, id);
        try {
            Disk.move(input, target, id);
        } catch (NoSuchFileException e) {
            if (Files.exists(input)) {
                throw e;
            }
            return null; // its sender took it back at this very moment, or another process was first
        }
        Path from = folderOf(input);
        Path into = folderOf(target);
        if (!Disk.onOneDisk(from, staged) || !Disk.onOneDisk(into, staged)) {
            Disk.forceFolder(into); // nothing else keeps this move before that of the output
            Disk.forceFolder(from);
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
        return staged.resolve(id + Disk.PART);
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.getParent(), "parent");
    }
}
