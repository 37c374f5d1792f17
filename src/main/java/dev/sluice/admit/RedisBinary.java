package dev.sluice.admit;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/**
 * The redis-server executable that the embedded-redis library carries for this platform.
 *
 * <p>The library itself writes a fresh copy to a temporary folder at each start and leaves it there after a crash. Here
 * it is written once, moved into place in one step, and found again by name and size.
 */
final class RedisBinary {
    private RedisBinary() {}

    static Path in(Path folder) throws IOException {
        String resource = resource();
        URL carried = ExecutableProvider.class.getResource(resource);
        if (carried == null) {
            throw new IOException("the embedded-redis library lacks " + resource);
        }
        URLConnection binary = carried.openConnection();
        Path executable = folder.resolve(resource.substring(1));
        if (!Files.isExecutable(executable) || Files.size(executable) != binary.getContentLengthLong()) {
            try (InputStream in = binary.getInputStream()) {
                write(in, executable);
            }
        }
        return executable;
    }

    private static String resource() throws IOException {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        try {
            String resource = ExecutableProvider.newProvidedVersionsMap().get(OsArchitecture.detectOSandArchitecture());
            if (resource != null) {
                return resource;
            }
        } catch (RuntimeException e) { // the library does not know the platform at all
            throw new IOException("no embedded Redis for " + platform, e);
        }
        throw new IOException("no embedded Redis for " + platform);
    }

    private static void write(InputStream binary, Path executable) throws IOException {
        Path part = Files.createTempFile(executable.getParent(), "redis-", ".part");
        try {
            Files.copy(binary, part, StandardCopyOption.REPLACE_EXISTING);
            if (!part.toFile().setExecutable(true)) {
                throw new IOException(executable + " cannot be made executable");
            }
            Files.move(part, executable, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
