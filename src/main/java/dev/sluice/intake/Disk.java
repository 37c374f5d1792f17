package dev.sluice.intake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Files that outlive a crash: written whole, forced to disk, moved in one step. */
public final class Disk {
    /** What a file that is not whole yet is called; intakes and commands pass it over. */
    static final String PART = ".part";

    private Disk() {}

    /** Writes a file whose name nobody looks at yet, in parts one after another, and forces it to disk. */
    public static void write(Path file, byte[]... content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (byte[] part : content) {
                ByteBuffer buffer = ByteBuffer.wrap(part);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
            channel.force(false);
        }
    }

    /**
     * Whole or not at all, also between file systems; takes the place of a file that is there.
     *
     * @param id names the copy that is made between file systems
     */
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

    /** Asked first: on JDK 17, createDirectories throws and catches an exception for each folder that is there. */
    public static void makeFolder(@Nullable Path folder) throws IOException {
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder);
        }
    }

    /** With all that is in it; nothing if there is none. */
    static void deleteFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(each);
                }
            }
        }
    }

    /** Forces moves into and out of a folder to disk, where the system can. */
    public static void forceFolder(@Nullable Path folder) {
        try {
            if (folder != null) {
                force(folder);
            }
        } catch (IOException e) {
            // not every system forces folders
        }
    }

    /** Whether a file system's journal keeps the order of what is done in both folders. */
    static boolean onOneDisk(Path one, Path other) {
        try {
            return Files.getAttribute(one, "unix:dev").equals(Files.getAttribute(other, "unix:dev"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return true; // cannot be told here
        }
    }

    /** Whether a file is the one that was seen with this size and time. */
    static boolean isSame(BasicFileAttributes file, long size, FileTime modified) {
        return file.size() == size && file.lastModifiedTime().equals(modified);
    }

    /** Sees to it that what a file holds, or which names are in a folder, is on disk. */
    public static void force(Path path) throws IOException {
        StandardOpenOption how = Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }
}
