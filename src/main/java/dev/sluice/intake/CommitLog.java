package dev.sluice.intake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes of what is about to happen, on disk before it does: a write-ahead log.
 *
 * <p>Its files, {@code <process>-<n>.commit}, are filled with zeros when they are made, so that to write a note into one
 * and force it changes nothing but the data: neither a length nor a folder. A file of its own for each note would cost
 * the file system more than all else that happens to a message. A file that is full is deleted once all its notes are
 * done; a file system keeps the order of that and the renames before it.
 *
 * <p>A note is a line, {@code <CRC-32 in hex> <text>\n}, and starts at a multiple of {@value #UNIT} bytes; so one that
 * was torn by a crash hides no other. Thread-safe.
 */
final class CommitLog {
    private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);
    private static final String SUFFIX = ".commit";
    private static final int UNIT = 512;
    static final int FILE_BYTES = 512 * UNIT;

    private final Path folder;
    private final String process = UUID.randomUUID().toString();
    private int files;
    private @Nullable LogFile current;

    CommitLog(Path folder) {
        this.folder = folder;
    }

    /** One file of the log, open as long as there are notes to write or to be done. */
    private static final class LogFile {
        private final Path path;
        private final FileChannel channel;
        private final int bytes;
        private int used;
        private int open;
        private boolean full;

        private LogFile(Path path, int bytes) throws IOException {
            this.path = path;
            this.bytes = bytes;
            this.channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }
    }

    /** A note that is on disk. */
    final class Entry {
        private final LogFile file;

        private Entry(LogFile file) {
            this.file = file;
        }

        /** What the note says has happened. */
        void done() {
            synchronized (CommitLog.this) {
                file.open--;
                deleteIfOver(file);
            }
        }
    }

    /**
     * Writes a note and forces it to disk.
     *
     * @param text one line
     * @throws IOException if it may not be there; it may be there all the same
     */
    Entry append(String text) throws IOException {
        byte[] note = (checksum(text) + " " + text + "\n").getBytes(StandardCharsets.UTF_8);
        LogFile file;
        int start;
        synchronized (this) {
            file = fileFor(note.length);
            start = file.used;
            file.used += roundedUp(note.length);
            file.open++;
        }
        try {
            write(file.channel, note, start);
            file.channel.force(false);
            return new Entry(file);
        } catch (IOException e) {
            leave(file);
            throw e;
        }
    }

    /** All notes of earlier processes and of this one, done or not; afterwards there are none. No note may be open. */
    synchronized void replay(Replay replay) throws IOException {
        if (current != null) {
            current.channel.close();
            current = null;
        }
        for (Path file : files()) {
            for (String text : read(Files.readAllBytes(file))) {
                replay.note(text);
            }
            Files.delete(file);
        }
    }

    /** What to do with a note. */
    @FunctionalInterface
    interface Replay {
        void note(String text) throws IOException;
    }

    private List<Path> files() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            all.forEach(found::add);
        }
        return found;
    }

    private static List<String> read(byte[] file) {
        List<String> notes = new ArrayList<>();
        for (int start = 0, end; start < file.length; start += roundedUp(end + 1 - start)) {
            end = start;
            while (end < file.length && file[end] != '\n' && file[end] != 0) {
                end++;
            }
            String[] parts = new String(file, start, end - start, StandardCharsets.UTF_8).split(" ", 2);
            if (parts.length == 2 && checksum(parts[1]).equals(parts[0])) {
                notes.add(parts[1]);
            } else {
                end = start; // torn, or nothing: another note may begin at the next unit
            }
        }
        return notes;
    }

    /** The current file, or a new one if the note does not fit. Called under the lock. */
    private LogFile fileFor(int bytes) throws IOException {
        LogFile file = current;
        if (file == null || file.used + bytes > file.bytes) {
            if (file != null) {
                file.full = true;
                deleteIfOver(file);
            }
            current = null;
            file = new LogFile(
                    folder.resolve(process + "-" + ++files + SUFFIX), Math.max(FILE_BYTES, roundedUp(bytes)));
            try {
                write(file.channel, new byte[file.bytes], 0);
                file.channel.force(true);
            } catch (IOException e) {
                file.channel.close();
                Files.deleteIfExists(file.path);
                throw e;
            }
            current = file;
        }
        return file;
    }

    /**
     * Nothing more goes into a file that a note may be torn in; it stays for {@link #replay}, and open: others may be
     * writing their notes into it.
     */
    private synchronized void leave(LogFile file) {
        if (current == file) {
            current = null;
        }
    }

    /** A file that cannot be deleted does no harm: all it says has happened. */
    private static void deleteIfOver(LogFile file) {
        if (file.full && file.open == 0) {
            try {
                file.channel.close();
                Files.deleteIfExists(file.path);
            } catch (IOException e) {
                LOG.debug("{} stays until the next start: {}", file.path, e.toString());
            }
        }
    }

    private static void write(FileChannel channel, byte[] bytes, int start) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer, start + buffer.position());
        }
    }

    private static int roundedUp(int bytes) {
        return (bytes + UNIT - 1) / UNIT * UNIT;
    }

    private static String checksum(String text) {
        CRC32 checksum = new CRC32();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
