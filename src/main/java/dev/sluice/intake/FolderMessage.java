package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** A message file that was taken from the inbox, as it was at that moment, and what is to become of it. */
final class FolderMessage {
    private static final String PROPERTY = "SluiceFolderMessage";

    /** In bytes: answers of any length pass through a small heap. */
    private static final int MOST_PIECES_TRIED = 8 << 20;

    private final Path file;
    private final Path name;
    private final long size;
    private final FileTime modified;
    private final Instant taken;
    private @Nullable Ending ending;
    private @Nullable String reasonToStay;
    private @Nullable IOException unwritten;
    private @Nullable LiveFile pieces;
    private @Nullable Instant parkedUntil;
    private boolean poison;

    /**
     * How a message ends: with an answer, or kept as failed.
     *
     * @param outcome which of the two
     * @param content of the output
     * @param output where it goes
     * @param movedTo where the message goes
     * @param details for the log line
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record Ending(Outcome outcome, byte[] content, Path output, Path movedTo, String details) {}

    private FolderMessage(Path file, Path name, BasicFileAttributes attributes, Instant taken) {
        this.file = file;
        this.name = name;
        this.size = attributes.size();
        this.modified = attributes.lastModifiedTime();
        this.taken = taken;
    }

    static FolderMessage take(Path inbox, Path file, Instant now) throws IOException {
        return new FolderMessage(file, inbox.relativize(file), attributes(file), now);
    }

    static FolderMessage of(Exchange exchange) {
        FolderMessage message = exchange.getProperty(PROPERTY, FolderMessage.class);
        if (message == null) {
            throw new IllegalStateException(
                    "not a message of the folder intake; its route needs processStrategy: \"#folderIntake\"");
        }
        return message;
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    Path file() {
        return file;
    }

    /** Path below the inbox. */
    Path name() {
        return name;
    }

    long size() {
        return size;
    }

    FileTime modified() {
        return modified;
    }

    Instant taken() {
        return taken;
    }

    /** Null if its route left nothing to publish. */
    @Nullable
    Ending ending() {
        return ending;
    }

    void endsWith(Ending with) {
        this.ending = with;
    }

    /** Why it does not end but is left where it is; null if it ends, empty if there is nothing to say. */
    @Nullable
    String reasonToStay() {
        return reasonToStay;
    }

    void staysBecause(String reason) {
        this.reasonToStay = reason;
    }

    /** Why a part of its answer could not be written; null if all of it could. However it ends, that is not told. */
    @Nullable
    IOException unwritten() {
        return unwritten;
    }

    void cannotBeWritten(IOException why) {
        this.unwritten = why;
    }

    /** How many bytes there are to write for it: how it ends, and the pieces so far, of which as many as are tried at once. */
    int bytes() {
        long ofPieces = pieces == null ? 0 : Math.min(pieces.bytes(), MOST_PIECES_TRIED);
        return (ending == null ? 0 : ending.content().length) + (int) ofPieces;
    }

    /** The file that the pieces of its answer grow in. */
    LiveFile pieces(Path outbox) throws IOException {
        if (pieces == null) {
            pieces = LiveFile.open(outbox, name);
        }
        return pieces;
    }

    /** The same if there is one, and all the pieces are in it; else null. */
    @Nullable
    LiveFile completePieces() {
        return pieces != null && pieces.isComplete() ? pieces : null;
    }

    /** Whatever became of it: pieces that did not get their place beside an answer are gone. */
    void discardPieces() throws IOException {
        if (pieces != null) {
            pieces.discard();
            pieces = null;
        }
    }

    /** When it may be taken again; null if it is not parked. */
    @Nullable
    Instant parkedUntil() {
        return parkedUntil;
    }

    /** Names this version of the file, on one line. */
    String key() {
        return ChatBody.JSON.valueToTree(file.toAbsolutePath().toString()) + " " + size + " " + modified.toMillis();
    }

    /** Tells this version of the file from every other file, and from itself once it was moved away and back. */
    String identity() {
        return "%s %d %d %s".formatted(name, size, modified.toMillis(), changed());
    }

    /** When its inode was changed, where the file system knows that; else nothing. */
    private Object changed() {
        try {
            return Files.getAttribute(file, "unix:ctime");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return "";
        }
    }

    void isPoison() {
        this.poison = true;
    }

    /** Fails if it is one that kills the process. */
    void requireHarmless() throws PoisonException {
        if (poison) {
            throw new PoisonException();
        }
    }

    void staysUntil(Instant moment) {
        this.parkedUntil = moment;
    }

    /** Whether the file still is the one that was taken. */
    boolean unchanged() throws IOException {
        try {
            return Disk.isSame(attributes(file), size, modified);
        } catch (NoSuchFileException e) {
            return true; // removed by its sender: there is nothing newer to take
        }
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class);
    }
}
