package dev.sluice.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The failed folder: what is sent again goes back into the inbox under its name. That is noted in
 * {@code .replayed/log.jsonl} before, and the record of the failure is kept in {@code .replayed} after. A crash in between
 * leaves a record without a message, which does no harm.
 *
 * <p>A lock, {@code .sluice/replay.lock}, keeps two replays apart; a Sluice that runs is not disturbed.
 */
public final class FolderDeadLetters implements DeadLetters {
    private final FolderSettings folder;
    private final Clock clock;
    private final Path history;

    public FolderDeadLetters(FolderSettings folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
        this.history = folder.failed().resolve(".replayed");
    }

    @Override
    public String source() {
        return "folder";
    }

    @Override
    public void replay(Predicate<FailureRecord> wanted, boolean dryRun, Consumer<Replayed> told) throws IOException {
        if (!Files.isDirectory(folder.failed())) {
            return;
        }
        Path own = folder.failed().resolve(".sluice");
        Files.createDirectories(own);
        FolderLock lock = new FolderLock(own.resolve("replay.lock"), folder.failed());
        lock.take();
        try {
            for (Path message : messages()) {
                Path name = folder.failed().relativize(message);
                Path error = folder.errorFor(name);
                FailureRecord record = record(error).filter(wanted).orElse(null);
                if (record != null) {
                    Path to = free(folder.inbox().resolve(name), record.requestId());
                    if (dryRun || send(message, record, error, to)) {
                        told.accept(new Replayed(name.toString(), record, to.toString()));
                    }
                }
            }
        } finally {
            lock.release();
        }
    }

    /** Whether it was there to be sent: the move is what decides who sends it. */
    private boolean send(Path message, FailureRecord record, Path error, Path to) throws IOException {
        Files.createDirectories(history);
        String note = ChatBody.JSON
                .createObjectNode()
                .put("at", clock.instant().toString())
                .put("requestId", record.requestId())
                .put("code", record.code())
                .put("message", message.toString())
                .put("to", to.toString())
                .toString();
        Files.writeString(
                history.resolve("log.jsonl"),
                note + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                StandardOpenOption.DSYNC);
        try {
            Disk.move(message, to, record.requestId());
        } catch (NoSuchFileException e) {
            return false; // a person, or another replay, was faster
        }
        putAway(error);
        return true;
    }

    /** Under its name, or beside an earlier failure of the same message. */
    private void putAway(Path error) throws IOException {
        Path kept = history.resolve(folder.failed().relativize(error));
        Disk.move(error, Files.exists(kept) ? free(kept, String.valueOf(clock.millis())) : kept, "replayed");
    }

    private static Path free(Path to, String id) {
        return Files.exists(to) ? FileNames.marked(to, id) : to;
    }

    /** Every file but the records. */
    private List<Path> messages() throws IOException {
        List<Path> messages = new ArrayList<>();
        Files.walkFileTree(folder.failed(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return directory.getFileName().toString().startsWith(".") && !directory.equals(folder.failed())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (!name.startsWith(".") && !name.endsWith(".error.json")) {
                    messages.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        messages.sort(null);
        return messages;
    }

    /** Empty if the message has just come, and its record is about to; one that cannot be read holds nothing up. */
    private static Optional<FailureRecord> record(Path error) throws IOException {
        try {
            return Optional.of(FailureRecord.parse(Files.readAllBytes(error)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            Instant written = Files.getLastModifiedTime(error).toInstant();
            return Optional.of(FailureRecord.kept(
                    "unknown", written.toString(), 0, 0, "unreadable_record", "its record is not JSON", true));
        }
    }
}
