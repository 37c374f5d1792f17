package dev.sluice.front;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file that the front keeps: a line of JSON that says what it is, and then bytes as they came.
 *
 * @param head the line
 * @param body the bytes
 */
record StoredFile(JsonNode head, byte[] body) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PART = ".part";

    static ObjectNode newHead() {
        return JSON.createObjectNode();
    }

    /** Whole and on disk, or not at all. */
    static void write(Path file, ObjectNode head, byte[] body) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Disk.makeFolder(folder);
        Path part = file.resolveSibling(file.getFileName() + PART);
        Disk.write(part, (head + "\n").getBytes(StandardCharsets.UTF_8), body);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Disk.forceFolder(folder);
    }

    /** Null if there is none. */
    static @Nullable StoredFile read(Path file) throws IOException {
        try {
            byte[] content = Files.readAllBytes(file);
            int end = 0;
            while (end < content.length && content[end] != '\n') {
                end++;
            }
            return new StoredFile(
                    JSON.readTree(content, 0, end),
                    Arrays.copyOfRange(content, Math.min(end + 1, content.length), content.length));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** All files of a folder, those of writes that were interrupted too. */
    static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** Removes what was last written before that moment. */
    static void removeOlder(Path folder, Instant moment) throws IOException {
        for (Path file : list(folder)) {
            try {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(moment)) {
                    Files.deleteIfExists(file);
                }
            } catch (NoSuchFileException e) {
                // answered, or called off, since it was listed
            }
        }
    }
}
