package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitLogTest {
    private static final int NOTES_IN_A_FILE = 512;

    @TempDir
    Path folder;

    private CommitLog log;

    @BeforeEach
    void open() {
        log = new CommitLog(folder);
    }

    @Test
    void anotherProcessReadsWhatWasWrittenInItsOrder() throws IOException {
        log.append("one 一");
        log.append("two");

        assertThat(replayed()).containsExactly("one 一", "two");
    }

    @Test
    void notesOfAnyLengthAreWhole() throws IOException {
        List<String> notes = IntStream.of(1, 500, 501, 502, 503, 1_024, 5_000, 300_000)
                .mapToObj("x"::repeat)
                .toList();
        for (String note : notes) {
            log.append(note);
        }

        assertThat(replayed()).containsExactlyInAnyOrderElementsOf(notes);
    }

    @Test
    void aTornNoteHidesNoOther() throws IOException {
        log.append("x".repeat(2_000));
        log.append("whole");
        byte[] torn = Files.readAllBytes(files().get(0));
        torn[1_000] = 0;
        Files.write(files().get(0), torn);

        assertThat(replayed()).containsExactly("whole");
    }

    @Test
    void aNoteThatHoldsAnotherIsOne() throws IOException {
        log.append("inner");
        byte[] file = Files.readAllBytes(files().get(0));
        String inner = new String(file, 0, 14, StandardCharsets.UTF_8);
        log.replay(text -> {});
        String outer = "x".repeat(512 - 9) + inner;
        log.append(outer);

        assertThat(replayed()).containsExactly(outer);
    }

    @Test
    void nothingIsLeftAfterAReplay() throws IOException {
        log.append("one");
        replayed();

        assertThat(files()).isEmpty();
        assertThat(replayed()).isEmpty();
    }

    @Test
    void writesOnAfterItsOwnReplay() throws IOException {
        log.append("one");
        log.replay(text -> {});
        log.append("two");

        assertThat(replayed()).containsExactly("two");
    }

    @Test
    void aFullFileIsDeletedOnceAllOfItsNotesAreDone() throws IOException {
        List<CommitLog.Entry> open = new ArrayList<>();
        for (int i = 0; i < NOTES_IN_A_FILE; i++) {
            open.add(log.append("note " + i));
        }
        log.append("next");
        assertThat(files()).hasSize(2);
        for (CommitLog.Entry entry : open) {
            assertThat(files()).hasSize(2);
            entry.done();
        }

        assertThat(files()).hasSize(1);
        assertThat(replayed()).containsExactly("next");
    }

    @Test
    void doneNotesTakeNoMoreThanAFile() throws IOException {
        for (int i = 0; i < 3 * NOTES_IN_A_FILE; i++) {
            log.append("note " + i).done();
        }

        assertThat(files()).hasSize(1);
    }

    private List<String> replayed() throws IOException {
        List<String> notes = new ArrayList<>();
        new CommitLog(folder).replay(notes::add);
        return notes;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
