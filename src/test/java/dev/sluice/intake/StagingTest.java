package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process can die between any two steps of a commit; each test builds what it leaves behind, and starts again. */
class StagingTest {
    @TempDir
    Path data;

    private Path input;
    private Path done;
    private Path output;
    private Staging staging;
    private FolderMessage message;

    @BeforeEach
    void dropOneMessage() throws IOException {
        input = write(data.resolve("inbox/a b/问.txt"), "question");
        done = data.resolve("done/a b/问.txt");
        output = data.resolve("outbox/a b/问.txt.json");
        staging = new Staging(data.resolve("outbox"));
        message = FolderMessage.take(data.resolve("inbox"), input, Instant.EPOCH);
    }

    /** How far a commit had come when the process died. */
    enum Died {
        WHILE_THE_OUTPUT_WAS_WRITTEN(false),
        BEFORE_THE_NOTE(false),
        WHILE_THE_NOTE_WAS_WRITTEN(false),
        AFTER_THE_NOTE(true),
        AFTER_THE_INPUT_MOVED(true),
        AFTER_THE_OUTPUT_MOVED(true),
        AFTER_THE_END(true);

        final boolean committed;

        Died(boolean committed) {
            this.committed = committed;
        }
    }

    @ParameterizedTest
    @EnumSource(Died.class)
    void recoversToAllOrNothing(Died died) throws IOException {
        leaveBehind(died);

        new Staging(data.resolve("outbox")).recover();

        if (died.committed) {
            assertThat(input).doesNotExist();
            assertThat(done).hasContent("question");
            assertThat(output).hasContent("answer");
        } else {
            assertThat(input).hasContent("question");
            assertThat(done).doesNotExist();
            assertThat(output).doesNotExist();
        }
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void publishesAnAnswerToWhatWasAskedEvenIfAnotherMessageOfThatNameArrivedMeanwhile() throws IOException {
        leaveBehind(Died.AFTER_THE_INPUT_MOVED);
        write(input, "another question");

        new Staging(data.resolve("outbox")).recover();

        assertThat(input).hasContent("another question");
        assertThat(done).hasContent("question");
        assertThat(output).hasContent("answer");
    }

    @Test
    void publishesTheAnswerWhenTheSenderTookTheMessageBack() throws IOException {
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);
        Files.delete(input);

        staged.commit(message, done);

        assertThat(output).hasContent("answer");
        assertThat(done).doesNotExist();
    }

    @Test
    void replacesTheAnswerToAnEarlierMessageOfThatName() throws IOException {
        write(output, "old answer");
        write(done, "old question");

        staging.stage("1", bytes("answer"), output).commit(message, done);

        assertThat(output).hasContent("answer");
        assertThat(done).hasContent("question");
        assertThat(files(".part")).isEmpty();
    }

    @Test
    void leavesNothingOfADiscardedAnswer() throws IOException {
        staging.stage("1", bytes("answer"), output).discard();

        assertThat(leftovers()).isEmpty();
        assertThat(output).doesNotExist();
    }

    /** Does what {@link Staging} does, up to the moment of death. */
    private void leaveBehind(Died died) throws IOException {
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);
        Path part = data.resolve("outbox/.sluice/1.part");
        switch (died) {
            case WHILE_THE_OUTPUT_WAS_WRITTEN -> write(part, "ans");
            case BEFORE_THE_NOTE -> {}
            case WHILE_THE_NOTE_WAS_WRITTEN -> {
                Path log = commitUntilTheInputMoves(staged);
                Files.write(log, Arrays.copyOf(Files.readAllBytes(log), 100));
            }
            case AFTER_THE_NOTE -> commitUntilTheInputMoves(staged);
            case AFTER_THE_INPUT_MOVED -> {
                commitUntilTheInputMoves(staged);
                move(input, done);
            }
            case AFTER_THE_OUTPUT_MOVED -> {
                commitUntilTheInputMoves(staged);
                move(input, done);
                move(part, output);
            }
            case AFTER_THE_END -> staged.commit(message, done);
        }
    }

    /** Leaves the note of a commit that stops because its input cannot be moved: where it goes, there is a folder. */
    private Path commitUntilTheInputMoves(Staging.Staged staged) throws IOException {
        Path inTheWay = done.resolve("not empty");
        Files.createDirectories(inTheWay);
        assertThatThrownBy(() -> staged.commit(message, done)).isInstanceOf(IOException.class);
        Files.delete(inTheWay);
        Files.delete(done);
        Files.delete(done.getParent());
        return files(".commit").get(0);
    }

    private List<Path> leftovers() throws IOException {
        return files("");
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("outbox/.sluice"))) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.move(from, to);
    }

    private static Path write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
