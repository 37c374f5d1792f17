package dev.sluice.jms;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which messages this process has in hand, in a file: what a process that died had in hand is found by the next one, and
 * counted. A broker does not count that, and cannot if it died too.
 *
 * <p>The file is a log: {@code +<id>} for a message that was taken, {@code -<id>} for one that ended, {@code =<n> <id>} for
 * one that was in hand when n processes ended. It is not forced to disk: it is there to outlive the process, not the
 * machine. Without a file that can be written nothing is counted. Thread-safe.
 */
public final class InHand implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InHand.class);
    private static final int MAX_NODES = 64;
    private static final int MAX_BYTES = 1024 * 1024;

    private final @Nullable FileChannel file;
    private final Map<String, Integer> crashes;
    private final Set<String> open = new HashSet<>();
    private long size;

    private InHand(@Nullable FileChannel file, Map<String, Integer> crashes) {
        this.file = file;
        this.crashes = crashes;
    }

    /** @param folder for the log; processes may share it */
    public static InHand open(Path folder) {
        try {
            Files.createDirectories(folder);
            for (int node = 1; node <= MAX_NODES; node++) {
                FileChannel file = locked(folder.resolve("in-hand-%d.log".formatted(node)));
                if (file != null) {
                    InHand inHand = new InHand(file, counted(file));
                    inHand.rewrite();
                    return inHand;
                }
            }
        } catch (IOException e) {
            LOG.warn("intake=jms crashes are not counted, {} cannot be written: {}", folder, e.toString());
        }
        return new InHand(null, Map.of());
    }

    /** In how many processes that died the message was in hand. */
    synchronized int crashes(String id) {
        return crashes.getOrDefault(id, 0);
    }

    synchronized void begin(String id) {
        if (open.add(id)) {
            write("+" + line(id));
        }
    }

    synchronized void end(String id) {
        boolean known = open.remove(id);
        if (crashes.remove(id) != null || known) {
            write("-" + line(id));
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    private static @Nullable FileChannel locked(Path path) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = file.tryLock();
            if (lock != null) {
                return file;
            }
        } catch (OverlappingFileLockException e) {
            // another node in this process
        }
        file.close();
        return null;
    }

    private static Map<String, Integer> counted(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
        while (bytes.hasRemaining() && file.read(bytes) >= 0) {
            // reads on
        }
        Map<String, Integer> earlier = new HashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (String line : new String(bytes.array(), StandardCharsets.UTF_8).split("\n")) {
            String id = line.isEmpty() ? "" : line.substring(1);
            if (line.startsWith("=")) {
                int space = line.indexOf(' ');
                earlier.put(line.substring(space + 1), Integer.parseInt(line.substring(1, space)));
            } else if (line.startsWith("+")) {
                counts.put(id, earlier.getOrDefault(id, 0) + 1);
            } else if (line.startsWith("-")) {
                counts.remove(id);
                earlier.remove(id);
            }
        }
        earlier.forEach(counts::putIfAbsent);
        return counts;
    }

    private static String line(String id) {
        return id.replace('\n', ' ') + "\n";
    }

    private void write(String line) {
        if (file == null) {
            return;
        }
        try {
            if (size > MAX_BYTES) {
                rewrite();
            } else {
                append(line);
            }
        } catch (IOException e) {
            LOG.debug("not counted: {}", e.toString());
        }
    }

    /** Only what is still of interest. */
    private void rewrite() throws IOException {
        if (file != null) {
            StringBuilder all = new StringBuilder();
            crashes.forEach((id, count) -> all.append("=%d %s".formatted(count, line(id))));
            open.forEach(id -> all.append("+").append(line(id)));
            file.truncate(0);
            size = 0;
            append(all.toString());
        }
    }

    private void append(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (file != null && bytes.hasRemaining()) {
            size += file.write(bytes, size);
        }
    }
}
