package dev.sluice.intake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which messages were in hand when the process ended without ending them, and how often: one that does that again and again
 * is poison. A message that was found in hand at {@value #POISON} starts is to be set aside.
 *
 * <p>Counted in a file of lines, {@code <starts> <key>} for what is in hand or under suspicion and {@code - <key>} for what
 * has ended, the last of a key counts. It is written without force: what is written outlives the process, and that is what
 * is counted here. Nothing else that is told of a crash would do: the delivery count of a broker does not rise by one.
 *
 * <p>A key names a message, this version of it, and holds no line end. Thread-safe.
 */
public final class Suspects {
    /** Found in hand at so many starts. */
    public static final int POISON = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Suspects.class);
    private static final int COMPACT_FROM_BYTES = 4 * 1024 * 1024;

    private final Path file;
    private final Map<String, Integer> starts = new HashMap<>();
    private final Set<String> inHand = ConcurrentHashMap.newKeySet();
    private @Nullable FileChannel log;

    /** @param file is read, and written anew, when it is first needed; no other process may use it */
    public Suspects(Path file) {
        this.file = file;
    }

    /**
     * A message was taken.
     *
     * @return whether it is poison
     */
    public synchronized boolean taken(String key) {
        open();
        int known = starts.getOrDefault(key, 0);
        inHand.add(key);
        write(known + " " + key);
        return known >= POISON;
    }

    /** A message is in hand no more; whatever became of it, the process lives. */
    public synchronized void ended(String key) {
        if (inHand.remove(key)) {
            starts.remove(key);
            write("- " + key);
        }
    }

    private void open() {
        if (log != null) {
            return;
        }
        try {
            for (String line : Files.readString(file).split("\n")) {
                String[] parts = line.split(" ", 2);
                if (parts.length == 2 && parts[0].equals("-")) {
                    starts.remove(parts[1]);
                } else if (parts.length == 2 && parts[0].matches("\\d{1,6}")) {
                    starts.put(parts[1], Integer.parseInt(parts[0]) + 1);
                }
            }
        } catch (NoSuchFileException e) {
            // the first start
        } catch (IOException e) {
            LOG.warn("cannot read {}: {}; what was in hand at the last end is not counted", file, e.toString());
        }
        try {
            rewrite();
        } catch (IOException e) {
            LOG.warn("cannot write {}: {}; messages that kill the process are not found", file, e.toString());
        }
    }

    /** Only what counts; what is under suspicion but not in hand is written one lower, since the reader adds one. */
    private void rewrite() throws IOException {
        Files.createDirectories(file.getParent());
        StringBuilder all = new StringBuilder();
        starts.forEach((key, count) -> all.append(inHand.contains(key) ? count : count - 1)
                .append(' ')
                .append(key)
                .append('\n'));
        for (String key : inHand) {
            if (!starts.containsKey(key)) {
                all.append("0 ").append(key).append('\n');
            }
        }
        Path part = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(part, all);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (log != null) {
            log.close();
        }
        log = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    private void write(String line) {
        try {
            if (log != null) {
                log.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
                if (log.position() > COMPACT_FROM_BYTES) {
                    rewrite();
                }
            }
        } catch (IOException e) { // a full disk: the intake says so
            LOG.debug("not noted in {}: {}", file, e.toString());
        }
    }
}
