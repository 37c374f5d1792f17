package dev.sluice.batch;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file to append to, which no other batch may write as long as it is open. Not thread-safe. */
final class LockedFile implements Closeable {
    private final Path path;
    private final FileChannel channel;

    private LockedFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** @throws BatchRefusedException if it cannot be made, or is another batch's */
    static LockedFile open(Path path) throws IOException, BatchRefusedException {
        FileChannel channel;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw new BatchRefusedException("%s cannot be made: its folder does not exist".formatted(path));
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new LockedFile(path, channel);
            }
        } catch (OverlappingFileLockException e) {
            // said below: another batch of this very process
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new BatchBusyException(
                "%s is being written by another batch; wait for it, or name another --out".formatted(path));
    }

    /** All that is in it; reading moves the place where it is appended to. */
    InputStream content() throws IOException {
        channel.position(0);
        return Channels.newInputStream(channel);
    }

    long size() throws IOException {
        return channel.size();
    }

    void append(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Sees to it that what was appended is on disk. */
    void force() throws IOException {
        channel.force(false);
    }

    /**
     * Cuts off what is behind a length, where it is appended to from now on.
     *
     * @throws BatchRefusedException if it is shorter than that
     */
    void cut(long length) throws IOException, BatchRefusedException {
        if (channel.size() < length) {
            throw new BatchRefusedException(
                    "%s has %d bytes, the ledger knows of %d: somebody has changed it; put it back, or remove it and its ledger to begin anew"
                            .formatted(path, channel.size(), length));
        }
        if (channel.size() > length) {
            channel.truncate(length);
            channel.force(true);
        }
        channel.position(length);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
