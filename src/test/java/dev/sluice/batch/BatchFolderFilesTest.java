package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchFolderFilesTest {
    @TempDir
    Path data;

    private BatchFolder folder;

    @BeforeEach
    void make() throws IOException {
        folder = new BatchFolder(
                Files.createDirectories(data.resolve("in")),
                Files.createDirectories(data.resolve("out")),
                data.resolve("done"),
                data.resolve("failed"),
                Duration.ZERO,
                8);
    }

    @ParameterizedTest(name = "{0} in the inbox, {1} in the outbox: goes on with {2}, ledger kept: {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                "a.jsonl,    -,                           a.output.jsonl,    false",
                "a.jsonl,    a.output.jsonl.ledger,       a.output.jsonl,    true",
                "A.JSONL,    A.output.jsonl.ledger,       A.output.jsonl,    true",
                "a~2.jsonl,  a~2~1.output.jsonl.ledger,   a~2~1.output.jsonl, true",
                "a~2.jsonl,  a~2.output.jsonl.ledger,     a~2~1.output.jsonl, false",
                "a.jsonl,    a~2.output.jsonl.ledger,     a.output.jsonl,    true",
                "a.jsonl.gz, a.jsonl.gz.output.jsonl.ledger, a.jsonl.gz.output.jsonl, true",
                "b.jsonl,    a.output.jsonl.ledger,       b.output.jsonl,    false",
            })
    void aBatchGoesOnWithItsLedgerAndALedgerWithoutItsInputIsForgotten(
            String input, String ledger, String output, boolean kept) throws Exception {
        Files.createFile(folder.inbox().resolve(input));
        if (ledger != null) {
            Files.createFile(folder.outbox().resolve(ledger));
            Files.createFile(folder.outbox().resolve(ledger.replace(".ledger", "")));
        }
        folder.forgetWhatIsDone();

        assertThat(folder.files(folder.inbox().resolve(input)).output())
                .isEqualTo(folder.outbox().resolve(output));
        assertThat(ledger != null && Files.exists(folder.outbox().resolve(ledger)))
                .isEqualTo(kept);
    }

    @Test
    void theNextBatchOfTheSameNameHasFilesOfItsOwn() throws Exception {
        Files.createFile(folder.outbox().resolve("a.output.jsonl"));
        assertThat(folder.files(folder.inbox().resolve("a.jsonl")).output()).hasFileName("a~2.output.jsonl");

        Files.createFile(folder.outbox().resolve("a~2.output.jsonl"));
        Files.createFile(folder.outbox().resolve("a~2.output.jsonl.ledger"));
        assertThat(folder.files(folder.inbox().resolve("a.jsonl")).output())
                .as("it was begun with these")
                .hasFileName("a~2.output.jsonl");
    }

    @Test
    void anInputThatIsNamedLikeASecondOneSharesNoFilesWithIt() throws Exception {
        Files.createFile(folder.outbox().resolve("a.output.jsonl"));
        Path second = Files.createFile(folder.inbox().resolve("a.jsonl"));
        Path named = Files.createFile(folder.inbox().resolve("a~2.jsonl"));

        assertThat(folder.files(second).output()).hasFileName("a~2.output.jsonl");
        assertThat(folder.files(named).output()).hasFileName("a~2~1.output.jsonl");
    }
}
