package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/** The folders of one run: {@code inbox}, {@code outbox}, {@code failed}, and whatever else the contender writes. */
record MessageFolder(Path root) {

    static final String INBOX = "inbox";
    static final String OUTBOX = "outbox";
    static final String FAILED = "failed";

    /** Puts prompts into the inbox, all different, and old enough to be taken at once. */
    static MessageFolder filled(Path root, int files) throws IOException {
        MessageFolder folder = new MessageFolder(root);
        Path inbox = Files.createDirectories(root.resolve(INBOX));
        FileTime aMinuteAgo = FileTime.from(Instant.now().minusSeconds(60));
        for (int i = 0; i < files; i++) {
            Path file = inbox.resolve("message-%06d.txt".formatted(i));
            Files.writeString(file, "Message %d: what is a sluice, in one sentence?".formatted(i));
            Files.setLastModifiedTime(file, aMinuteAgo);
        }
        return folder;
    }

    /** How many answers are there. */
    int answers() throws IOException {
        return files(OUTBOX, Integer.MAX_VALUE);
    }

    /** Whether at least one answer is there; cheap, however many there are. */
    boolean hasAnswer() throws IOException {
        return files(OUTBOX, 1) == 1;
    }

    /** How many messages were kept as failed. */
    int failures() throws IOException {
        return files(FAILED, Integer.MAX_VALUE) / 2; // each beside its error record
    }

    private int files(String name, int atMost) throws IOException {
        Path folder = root.resolve(name);
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        int count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (!file.getFileName().toString().startsWith(".") && ++count == atMost) {
                    break;
                }
            }
        }
        return count;
    }
}
