package dev.sluice.intake;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Holds a folder against other processes, by a lock that the system takes back when the process ends. Thread-safe. */
public final class FolderLock {
    private final Path file;
    private final Path folder;
    private @Nullable FileChannel held;

    /**
     * @param file that is locked; it stays when the lock is released
     * @param folder that it stands for
     */
    public FolderLock(Path file, Path folder) {
        this.file = file;
        this.folder = folder;
    }

    /** Takes the lock, anew if it is held already: the folder may be another one than it was. */
    public synchronized void take() throws IOException {
        release();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!locks(channel)) {
                throw new IOException("another Sluice uses this folder: " + folder);
            }
            held = channel;
        } finally {
            if (held == null) {
                channel.close();
            }
        }
    }

    public synchronized void release() throws IOException {
        if (held != null) {
            held.close();
            held = null;
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) { // another Sluice in this process
            return false;
        }
    }
}
