package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputTest {
    private static final Path OPEN = Path.of("/proc/self/fd");

    @TempDir
    Path folder;

    @Test
    void aFileThatIsNotPackedAlthoughItSaysSoDoesNotStayOpen() throws Exception {
        assumeTrue(Files.isDirectory(OPEN), "open files can be listed");
        Path file = Files.writeString(folder.toRealPath().resolve("in.jsonl.gz"), "{}\n{}\n{}\n{}\n");
        Input input = new Input(BatchFiles.of(file, null, null), InputStream.nullInputStream());

        assertThatThrownBy(input::open).isInstanceOf(ZipException.class);

        assertThat(openFiles()).doesNotContain(file);
    }

    private static List<Path> openFiles() throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> links = Files.list(OPEN)) {
            for (Path link : links.toList()) {
                try {
                    open.add(Files.readSymbolicLink(link));
                } catch (NoSuchFileException e) {
                    // closed since it was listed
                }
            }
        }
        return open;
    }
}
