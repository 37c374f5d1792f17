package dev.sluice.batch;

import dev.sluice.intake.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Small files that are replaced as a whole: whoever reads one sees the old or the new content. */
final class WholeFile {

    private WholeFile() {}

    /** For what may be lost in a power cut. */
    static void replace(Path file, byte[] content) throws IOException {
        Path part = part(file);
        Files.write(part, content);
        move(part, file);
    }

    /** On disk when it returns. */
    static void replaceDurably(Path file, byte[] content) throws IOException {
        Path part = part(file);
        Disk.write(part, content);
        move(part, file);
        Disk.forceFolder(file.toAbsolutePath().getParent());
    }

    private static Path part(Path file) throws IOException {
        Disk.makeFolder(file.toAbsolutePath().getParent());
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private static void move(Path part, Path file) throws IOException {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
