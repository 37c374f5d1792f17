package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.intake.AllowedModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiFilesTest {
    @TempDir
    Path folder;

    @Test
    void anUploadThatCannotBeNotedLeavesNothing() throws Exception {
        ApiStore store = new ApiStore(folder);
        ApiFiles files = new ApiFiles(store, new NoClock());
        Path received = Files.writeString(folder.resolve("upload-r1.part"), "{}\n");

        assertThatThrownBy(() -> files.create(
                        store.newObject()
                                .put("path", received.toString())
                                .put("filename", "in.jsonl")
                                .put("purpose", "batch"),
                        new ApiCaller("web", "", AllowedModels.ALL)))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(folder).isEmptyDirectory();
    }

    /** Fails when the content is in its place and the object is about to be written. */
    private static final class NoClock extends Clock {
        @Override
        public Instant instant() {
            throw new UncheckedIOException(new IOException("no space left on device"));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
