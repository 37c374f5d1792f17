package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamKeyTest {
    @TempDir
    Path folder;

    @Test
    void refusesAKeyThatNoHeaderCanHoldWithoutShowingIt() throws Exception {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UpstreamKey.of("sk-\u2026abc"))
                .withMessageContaining("plain ASCII")
                .withMessageNotContaining("abc");
        Path file = Files.writeString(folder.resolve("two"), "first-line\nsecond-line");
        assertThatIOException()
                .isThrownBy(() -> UpstreamKey.inFile(file))
                .withMessageContaining("plain ASCII")
                .withMessageNotContaining("first");
    }

    @Test
    void neitherTheKeyNorTheOneBeforeItIsInARedactedText() throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "opaque-one-0123456789");
        UpstreamKey key = UpstreamKey.inFile(file);
        Files.writeString(file, "opaque-two-0123456789");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        assertThat(key.text()).isEqualTo("opaque-two-0123456789");

        String acrossTheCut = ". ".repeat(195) + "opaque-one-0123456789";

        assertThat(key.redact(acrossTheCut)).doesNotContain("opaque");
        assertThat(key.redact("opaque-two-0123456789 and opaque-one-0123456789"))
                .isEqualTo("*** and ***");
    }
}
