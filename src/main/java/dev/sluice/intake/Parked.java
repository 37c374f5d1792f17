package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Message files that stay in the inbox until a moment: nothing of them is in memory but their names. A file that is
 * changed meanwhile is a new message, and is taken at once.
 *
 * <p>Waits of {@value #NOTED_FROM_SECONDS} s and more outlive the process: they are noted in a file, a line each, the last
 * of a name counts. It is written without force: a note that is lost lets a message be tried too early, which does no harm.
 * Thread-safe.
 */
final class Parked {
    private static final Logger LOG = LoggerFactory.getLogger(Parked.class);
    static final int NOTED_FROM_SECONDS = 10;
    private static final int COMPACT_FROM_LINES = 10_000;

    private final Path file;
    private final Clock clock;
    private final Map<Path, Entry> entries = new ConcurrentHashMap<>();
    private boolean read;
    private int lines;

    /** A file as it was, and when it may be taken. */
    private record Entry(long size, FileTime modified, Instant until) {}

    /** @param file where the notes are; it is read when it is first needed */
    Parked(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
    }

    void park(FolderMessage message, Instant until) {
        readOnce();
        Path path = key(message.file());
        Entry entry = new Entry(message.size(), message.modified(), until);
        entries.put(path, entry);
        if (Duration.between(clock.instant(), until).toSeconds() >= NOTED_FROM_SECONDS) {
            note(path, entry);
        }
    }

    /** Whether a file is parked, is still the same and has to wait. */
    boolean holds(Path message) {
        readOnce();
        Path path = key(message);
        Entry entry = entries.get(path);
        if (entry == null) {
            return false;
        }
        if (clock.instant().isBefore(entry.until) && isSame(path, entry)) {
            return true;
        }
        entries.remove(path, entry);
        return false;
    }

    /** How many files have to wait; those that their senders took back meanwhile, until they would be taken. */
    int count() {
        Instant now = clock.instant();
        entries.values().removeIf(entry -> !now.isBefore(entry.until));
        return entries.size();
    }

    private static Path key(Path message) {
        return message.toAbsolutePath().normalize();
    }

    private static boolean isSame(Path path, Entry entry) {
        try {
            return Disk.isSame(Files.readAttributes(path, BasicFileAttributes.class), entry.size, entry.modified);
        } catch (IOException e) {
            return false;
        }
    }

    private synchronized void note(Path path, Entry entry) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(
                    file,
                    line(path, entry),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND);
            if (++lines > COMPACT_FROM_LINES && lines > 2 * entries.size()) {
                compact();
            }
        } catch (IOException e) {
            LOG.debug("not noted that {} is parked: {}", path, e.toString());
        }
    }

    private void compact() throws IOException {
        Instant now = clock.instant();
        entries.values().removeIf(entry -> !now.isBefore(entry.until));
        StringBuilder all = new StringBuilder();
        entries.forEach((path, entry) -> all.append(line(path, entry)));
        Path part = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(part, all);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        lines = entries.size();
    }

    private static String line(Path path, Entry entry) {
        return ChatBody.JSON
                        .createObjectNode()
                        .put("file", path.toString())
                        .put("size", entry.size)
                        .put("modified", entry.modified.toString())
                        .put("until", entry.until.toString())
                + "\n";
    }

    private synchronized void readOnce() {
        if (read) {
            return;
        }
        read = true;
        try {
            Instant now = clock.instant();
            for (String line : Files.readAllLines(file)) {
                lines++;
                readLine(line, now);
            }
        } catch (NoSuchFileException e) {
            // nothing was parked yet
        } catch (IOException e) {
            LOG.warn("cannot read {}: {}; parked messages are tried too early, which does no harm", file, e.toString());
        }
    }

    private void readLine(String line, Instant now) {
        try {
            JsonNode json = ChatBody.JSON.readTree(line);
            Instant until = Instant.parse(json.path("until").asText());
            if (now.isBefore(until)) {
                entries.put(
                        Path.of(json.path("file").asText()),
                        new Entry(
                                json.path("size").asLong(),
                                FileTime.from(
                                        Instant.parse(json.path("modified").asText())),
                                until));
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("a line of {} is torn", file); // by a crash: that message is tried early
        }
    }
}
