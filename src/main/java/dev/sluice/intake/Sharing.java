package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.camel.spi.IdempotentRepository;
import org.jspecify.annotations.Nullable;

/**
 * How several processes work on one inbox: each takes a file only if it can add its name to a repository that they share, and
 * prepares what it publishes in a folder of its own, {@code .sluice/node-<n>}. What one leaves behind that dies, the others
 * finish. A process that is alone has {@code .sluice} itself, number 0; what was left while the inbox was shared, it finishes,
 * and the other way round.
 */
public final class Sharing {
    /** One process has the inbox, and locks it. */
    public static final Sharing ALONE = new Sharing(null, 0, null);

    private static final int MOST = 64;
    private static final String OWN = ".sluice";

    private final @Nullable IdempotentRepository claims;
    private final int number;
    /** Held as long as this is. */
    @SuppressWarnings({"FieldCanBeLocal", "UnusedVariable"})
    private final @Nullable FolderLock lock;

    private Sharing(@Nullable IdempotentRepository claims, int number, @Nullable FolderLock lock) {
        this.claims = claims;
        this.number = number;
        this.lock = lock;
    }

    /**
     * Takes one of {@value #MOST} numbers, until this process ends.
     *
     * @param claims whose a file is: {@code add} and {@code remove} claim it and give it back, {@code confirm} says whether a
     *     claim still holds
     */
    public static Sharing of(FolderSettings folder, IdempotentRepository claims) throws IOException {
        Path own = folder.failed().resolve(OWN);
        Files.createDirectories(own);
        for (int number = 1; number <= MOST; number++) {
            try {
                FolderLock lock = new FolderLock(own.resolve("node-%d.lock".formatted(number)), own);
                lock.take();
                return new Sharing(claims, number, lock);
            } catch (IOException e) {
                // another process has this one
            }
        }
        throw new IOException("%d processes share %s already".formatted(MOST, folder.inbox()));
    }

    boolean isShared() {
        return claims != null;
    }

    /** Whether nobody else has the file; then nobody else gets it. */
    boolean claim(Path name) {
        return claims == null || claims.add(name.toString());
    }

    /** Whether nobody else can have got it meanwhile. */
    boolean holds(Path name) {
        return claims == null || claims.confirm(name.toString());
    }

    void release(Path name) {
        if (claims != null) {
            claims.remove(name.toString());
        }
    }

    /** Where this process keeps what is of no interest to others, in a folder of outputs. */
    Path own(Path outputs) {
        return folder(outputs, number);
    }

    /** The same of other processes, those that there were. */
    List<Path> others(Path outputs) {
        return IntStream.rangeClosed(0, MOST)
                .filter(other -> other != number)
                .mapToObj(other -> folder(outputs, other))
                .filter(Files::isDirectory)
                .toList();
    }

    private static Path folder(Path outputs, int number) {
        Path own = outputs.resolve(OWN);
        return number == 0 ? own : own.resolve("node-" + number);
    }
}
