package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
        staging = staging();
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

        recover();

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

        recover();

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
    void publishesNothingWhenAnotherProcessWasFirst() throws IOException {
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);
        move(input, done);

        assertThat(staged.commitUnlessGone(message, done)).isNull();

        assertThat(recover()).isEmpty();
        assertThat(output).doesNotExist();
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void publishesTheAnswerOfWhoIsFirst() throws IOException {
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);

        assertThat(staged.commitUnlessGone(message, done)).isEqualTo(new Staging.Published("1", input, done, output));

        assertThat(done).hasContent("question");
        assertThat(output).hasContent("answer");
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

    @Test
    void tellsWhatItCarriedOut() throws IOException {
        leaveBehind(Died.AFTER_THE_INPUT_MOVED);

        assertThat(recover()).containsExactly(new Staging.Published("1", input, done, output));
        assertThat(recover()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"AFTER_THE_NOTE", "AFTER_THE_INPUT_MOVED"})
    void goesBesideAFolderThatIsInTheWay(Died died) throws IOException {
        leaveBehind(died);
        if (died == Died.AFTER_THE_NOTE) {
            Files.createDirectories(done);
        }
        Files.createDirectories(output);

        recover();

        assertThat(died == Died.AFTER_THE_NOTE ? done.resolveSibling("问~1.txt") : done)
                .hasContent("question");
        assertThat(output.resolveSibling("问.txt~1.json")).hasContent("answer");
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void goesBesideAFileThatIsWhereItsFolderWouldBe() throws IOException {
        write(data.resolve("done/a b"), "done before the folder was made");

        Staging.Published published =
                staging.stage("1", bytes("answer"), output).commit(message, done);

        assertThat(published.movedTo())
                .isEqualTo(data.resolve("done/a b~1/问.txt"))
                .hasContent("question");
        assertThat(output).hasContent("answer");
    }

    @Test
    void anAnswerThatIsGoneIsNoAnswer() throws IOException {
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);
        Files.delete(data.resolve("outbox/.sluice/1.part"));

        assertThatThrownBy(() -> staged.commit(message, done)).isInstanceOf(NoSuchFileException.class);
        assertThat(input).hasContent("question");
    }

    @Test
    void belongsToOneAtATime() throws IOException {
        staging.recover(published -> {});
        Staging.Staged staged = staging.stage("1", bytes("answer"), output);
        Staging other = staging();
        assertThatThrownBy(() -> other.recover(published -> {}))
                .hasMessage("another Sluice uses this folder: " + data.resolve("outbox"));

        staged.commit(message, done);
        staging.release();
        other.recover(published -> {});

        assertThat(output).hasContent("answer");
        other.release();
    }

    @Test
    void movesBetweenFileSystems() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(data)));
        Path elsewhere = Files.createTempDirectory(memory, "sluice");
        try {
            Path target = elsewhere.resolve("done/问.txt");
            Staging across =
                    new Staging(data.resolve("outbox"), elsewhere.resolve("done"), data.resolve("outbox/.sluice"));

            across.stage("1", bytes("answer"), output).commit(message, target);

            assertThat(target).hasContent("question");
            assertThat(input).doesNotExist();
            assertThat(output).hasContent("answer");
            try (Stream<Path> files = Files.list(target.getParent())) {
                assertThat(files).containsExactly(target);
            }
        } finally {
            try (Stream<Path> files = Files.walk(elsewhere)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
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

    /** Leaves the note of a commit that stops because its input cannot be moved: where its folder goes, there is a file. */
    private Path commitUntilTheInputMoves(Staging.Staged staged) throws IOException {
        Path inTheWay = write(data.resolve("done"), "a file");
        assertThatThrownBy(() -> staged.commit(message, done)).isInstanceOf(IOException.class);
        Files.delete(inTheWay);
        return files(".commit").get(0);
    }

    /** What another process does when it starts. */
    private List<Staging.Published> recover() throws IOException {
        List<Staging.Published> published = new ArrayList<>();
        staging.release();
        Staging next = staging();
        next.recover(published::add);
        next.release();
        return published;
    }

    private Staging staging() {
        return new Staging(data.resolve("outbox"), data.resolve("done"), data.resolve("outbox/.sluice"));
    }

    private List<Path> leftovers() throws IOException {
        return files("").stream().filter(file -> !file.endsWith("lock")).toList();
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
