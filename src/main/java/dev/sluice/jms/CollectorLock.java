package dev.sluice.jms;

import dev.sluice.intake.FolderLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which of the processes that share a folder collects: the one that holds its lock, {@code <folder>/lock}. The name by which
 * their answers are told from those of others is theirs in common, {@code <folder>/collector}.
 */
public final class CollectorLock implements AutoCloseable {
    private final Path folder;
    private final FolderLock lock;
    private boolean held;

    /** @param folder {@code dispatch.folder}; it is made */
    public CollectorLock(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.lock = new FolderLock(folder.resolve("lock"), folder);
    }

    /** The name, the same for all and for ever. */
    public String name() throws IOException {
        Path file = folder.resolve("collector");
        if (!Files.exists(file)) {
            Path mine = Files.createTempFile(folder, "collector", ".part");
            Files.writeString(mine, UUID.randomUUID().toString().replace("-", ""));
            try {
                Files.createLink(file, mine); // never over that of another, never half written
            } catch (FileAlreadyExistsException e) {
                // another process was faster
            } catch (FileSystemException | UnsupportedOperationException e) { // no links there
                Files.move(mine, file);
            }
            Files.deleteIfExists(mine);
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    }

    /** Whether this process collects, from now on and until {@link #close}. */
    public synchronized boolean tryTake() {
        if (!held) {
            try {
                lock.take();
                held = true;
            } catch (IOException e) {
                return false; // another process has it
            }
        }
        return true;
    }

    @Override
    public synchronized void close() throws IOException {
        lock.release();
        held = false;
    }
}
