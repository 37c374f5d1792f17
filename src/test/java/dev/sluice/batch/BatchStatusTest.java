package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchStatusTest {
    private static final Duration KEEP = Duration.ofDays(7);

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} {1} h ago, output there: {2}")
    @CsvSource({
        "completed,   1,   true,  true",
        "completed,   1,   false, false",
        "completed,   170, true,  false",
        "failed,      1,   false, true",
        "failed,      170, false, false",
        "in_progress, 0,   false, true"
    })
    void whatHasEndedIsForgottenAfterAWhileOrWithItsOutputs(String status, int hours, boolean output, boolean kept)
            throws IOException {
        Instant ended = Instant.now().minus(Duration.ofHours(hours));
        Path out = folder.resolve("a.output.jsonl");
        if (output) {
            Files.createFile(out);
        }
        Path file = folder.resolve("a.jsonl" + StatusFile.SUFFIX);
        WholeFile.replace(
                file,
                new ObjectMapper()
                        .createObjectNode()
                        .put("name", "a.jsonl")
                        .put("status", status)
                        .put("output", out.toString())
                        .put("errors", folder.resolve("a.errors.jsonl").toString())
                        .put("done", 3)
                        .put("updated_at", ended.toString())
                        .toString()
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));

        BatchStatus.forget(folder, KEEP, Clock.systemUTC());

        assertThat(Files.exists(file)).isEqualTo(kept);
    }

    @Test
    void aFileThatAPowerCutHasLeftEmptyHidesNoOther() throws IOException {
        Files.createFile(folder.resolve("empty" + StatusFile.SUFFIX));
        Files.writeString(folder.resolve("old" + StatusFile.SUFFIX), "{}");
        Files.writeString(
                folder.resolve("good" + StatusFile.SUFFIX),
                "{\"name\":\"good\",\"status\":\"completed\",\"updated_at\":\"2026-11-23T12:00:00Z\"}");

        assertThat(BatchStatus.in(folder, Clock.systemUTC()))
                .singleElement()
                .satisfies(status -> assertThat(status.get("name").asText()).isEqualTo("good"));
    }
}
