package dev.sluice.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
    private static final long INPUT_BYTES = 1000;

    @TempDir
    Path folder;

    private BatchFiles files;

    @BeforeEach
    void name() throws BatchRefusedException {
        files = BatchFiles.of(folder.resolve("in.jsonl"), null, null);
    }

    @Test
    void knowsAfterwardsWhatIsDone() throws Exception {
        try (Ledger ledger = open()) {
            ledger.write(List.of(answer(3, "three"), failure(1, "one")), new Position(3, 30, 0xCAFEBABEL), Mark.START);
            ledger.write(List.of(answer(5, "five")), new Position(6, 60, 7), Mark.START);
        }
        try (Ledger ledger = open()) {
            LedgerState state = ledger.state();
            assertThat(List.of(1L, 2L, 3L, 4L, 5L, 6L))
                    .filteredOn(state::isDone)
                    .containsExactly(1L, 3L, 5L);
            assertThat(state.read()).isEqualTo(new Position(6, 60, 7));
            assertThat(state.answered()).isEqualTo(2);
            assertThat(state.failed()).isEqualTo(1);
            assertThat(state.own(3, 0)).as("the id of line 3").isFalse();
            assertThat(state.own(4, 0)).isTrue();
        }
        assertThat(files.output()).hasContent("three\nfive\n");
        assertThat(files.errors()).hasContent("one\n");
    }

    /** Wherever a crash tears the ledger: what is left is a whole number of groups, and nothing beyond them is kept. */
    @Test
    void isRightWhereverACrashHasTornIt() throws Exception {
        long begun;
        long first;
        try (Ledger ledger = open()) {
            begun = Files.size(files.ledger());
            ledger.write(List.of(answer(1, "one"), failure(2, "two")), new Position(2, 20, 0), Mark.START);
            first = Files.size(files.ledger());
            ledger.write(List.of(answer(3, "three"), failure(4, "four")), new Position(4, 40, 0), Mark.START);
        }
        byte[] whole = Files.readAllBytes(files.ledger());
        for (int length = (int) begun; length <= whole.length; length++) {
            Files.write(files.ledger(), java.util.Arrays.copyOf(whole, length));
            Files.writeString(files.output(), "one\nthree\n{\"half");
            Files.writeString(files.errors(), "two\nfour\n{\"ha");
            try (Ledger ledger = open()) {
                ledger.write(List.of(answer(9, "nine")), new Position(9, 90, 0), Mark.START);
            }
            String kept = length == whole.length ? "one\nthree\n" : length >= first ? "one\n" : "";
            assertThat(Files.readString(files.output())).as("torn at " + length).isEqualTo(kept + "nine\n");
            assertThat(Files.readString(files.errors()))
                    .isEqualTo(length == whole.length ? "two\nfour\n" : length >= first ? "two\n" : "");
            try (Ledger ledger = open()) {
                assertThat(ledger.state().isDone(9)).isTrue();
                assertThat(ledger.state().isDone(3)).isEqualTo(length == whole.length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 22, 30, 40})
    void beginsAnewWhenACrashCameBeforeItsHeaderWasWhole(int length) throws Exception {
        open().close();
        Files.write(files.ledger(), java.util.Arrays.copyOf(Files.readAllBytes(files.ledger()), length));

        try (Ledger ledger = open()) {
            ledger.write(List.of(answer(1, "one")), new Position(1, 10, 0), Mark.START);
        }

        assertThat(files.output()).hasContent("one\n");
    }

    @Test
    void takesTwelveBytesALine() throws Exception {
        List<Ended> group = java.util.stream.LongStream.rangeClosed(1, 1000)
                .mapToObj(number -> answer(number, "x"))
                .toList();
        try (Ledger ledger = open()) {
            long before = Files.size(files.ledger());
            ledger.write(group, new Position(1000, 10_000, 0), Mark.START);
            assertThat(Files.size(files.ledger()) - before).isEqualTo(12 * 1000 + 104);
        }
    }

    @Test
    void refusesASecondBatchOnTheSameFiles() throws Exception {
        Ledger first = open();
        assertThatThrownBy(this::open)
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("in.output.jsonl.ledger is being written by another batch");
        BatchFiles sameErrors =
                BatchFiles.of(folder.resolve("in.jsonl"), folder.resolve("other.jsonl"), files.errors());
        assertThatThrownBy(() -> Ledger.open(sameErrors, INPUT_BYTES))
                .hasMessageContaining("in.errors.jsonl is being written by another batch");
        first.close();
        open().close();
    }

    @Test
    void refusesAnInputOfAnotherSize() throws Exception {
        open().close();
        assertThatThrownBy(() -> Ledger.open(files, INPUT_BYTES + 1))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("in.jsonl has changed since the batch began")
                .hasMessageContaining("1000 bytes")
                .hasMessageContaining("now 1001");
    }

    @Test
    void refusesAnOutputThatItDoesNotKnow() throws Exception {
        Files.writeString(files.output(), "somebody's\n");
        assertThatThrownBy(this::open)
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("in.output.jsonl exists, but there is no ledger");
        assertThat(files.output()).hasContent("somebody's\n");
        assertThat(files.ledger()).doesNotExist();
    }

    @Test
    void refusesAnOutputThatHasBecomeShorter() throws Exception {
        try (Ledger ledger = open()) {
            ledger.write(List.of(answer(1, "one")), new Position(1, 10, 0), Mark.START);
        }
        Files.writeString(files.output(), "on");
        assertThatThrownBy(this::open)
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("has 2 bytes, the ledger knows of 4");
    }

    @Test
    void refusesAFileThatIsNoLedger() throws Exception {
        Files.writeString(files.ledger(), "a list of my own, nothing of a batch");
        assertThatThrownBy(this::open).hasMessageContaining("is not a ledger of a batch");
    }

    @Test
    void refusesOtherErrorsThanItBeganWith() throws Exception {
        open().close();
        BatchFiles other = new BatchFiles(files.input(), files.output(), folder.resolve("elsewhere.jsonl"));
        assertThatThrownBy(() -> Ledger.open(other, INPUT_BYTES)).hasMessageContaining("begun with --errors");
    }

    @Test
    void goesOnWhenAllItsFilesHaveBeenMovedTogether() throws Exception {
        Path before = Files.createDirectory(folder.resolve("before"));
        BatchFiles there = BatchFiles.of(before.resolve("in.jsonl"), null, null);
        try (Ledger ledger = Ledger.open(there, INPUT_BYTES)) {
            ledger.write(List.of(answer(1, "one")), new Position(1, 10, 0), Mark.START);
        }
        Path after = Files.move(before, folder.resolve("after"));

        try (Ledger ledger = Ledger.open(BatchFiles.of(after.resolve("in.jsonl"), null, null), INPUT_BYTES)) {
            assertThat(ledger.state().isDone(1)).isTrue();
        }
    }

    @Test
    void whatFollowsTheLastRecordIsCutOff() throws Exception {
        open().close();
        Files.writeString(files.output(), "never recorded\n", StandardOpenOption.APPEND);
        open().close();
        assertThat(files.output()).isEmptyFile();
    }

    private Ledger open() throws IOException, BatchRefusedException {
        return Ledger.open(files, INPUT_BYTES);
    }

    private static Ended answer(long number, String json) {
        return new Ended(number, number, false, json.getBytes(UTF_8), Use.NONE);
    }

    private static Ended failure(long number, String json) {
        return new Ended(number, number, true, json.getBytes(UTF_8), Use.NONE);
    }
}
