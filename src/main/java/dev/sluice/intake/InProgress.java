package dev.sluice.intake;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.camel.spi.IdempotentRepository;

/**
 * The files that Camel has in hand, and those that are parked: neither is looked at when the inbox is polled. Camel adds a file by its path, and removes it by a path in which every backslash has
 * become a slash; here both are the same file. Camel's own repository would also forget the oldest of more than 50,000.
 */
final class InProgress implements IdempotentRepository {
    private final Set<String> files = ConcurrentHashMap.newKeySet();
    private final Predicate<Path> parked;

    /** @param parked whether a file is to be left alone for now */
    InProgress(Predicate<Path> parked) {
        this.parked = parked;
    }

    @Override
    public boolean add(String path) {
        return files.add(asCamelRemovesIt(path));
    }

    @Override
    public boolean contains(String path) {
        return files.contains(asCamelRemovesIt(path)) || isParked(path);
    }

    @Override
    public boolean remove(String path) {
        return files.remove(asCamelRemovesIt(path));
    }

    @Override
    public boolean confirm(String path) {
        return true;
    }

    @Override
    public void clear() {
        files.clear();
    }

    @Override
    public void start() {
        // nothing to open
    }

    @Override
    public void stop() {
        // kept: what is in hand stays so until it ends, also while its route is reloaded
    }

    private boolean isParked(String path) {
        try {
            return parked.test(Path.of(path));
        } catch (InvalidPathException e) {
            return false; // said when it is taken
        }
    }

    private static String asCamelRemovesIt(String path) {
        return path.replace('/', File.separatorChar).replace('\\', File.separatorChar);
    }
}
