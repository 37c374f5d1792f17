package dev.sluice.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaitingTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;

    private Waiting waiting;

    @BeforeEach
    void start() {
        waiting = new Waiting(folder, Instant.now());
    }

    @Test
    void anAnswerThatComesFirstIsThereWhenItsMessageIsRead() throws Exception {
        String large = "x".repeat(21_000_000); // more than a JSON reader takes by default

        assertThat(waiting.came(answer(large))).isFalse();

        assertThat(waiting.has(ID)).isTrue();
        Waiting.Taken taken = waiting.answer(ID).join();
        assertThat(taken.answer().body()).isEqualTo(large);
        taken.kept().complete(true);
        assertThat(waiting.has(ID)).isFalse();
    }

    @Test
    void anAnswerThatCannotBeReadIsNone() throws Exception {
        waiting.came(answer("fine"));
        Files.writeString(folder.resolve(ID + ".answer.json"), "{\"id\":");

        assertThat(waiting.has(ID)).isFalse();
        assertThat(waiting.answer(ID)).isNotDone();
    }

    @Test
    void whatNobodyMayWaitForIsNotToBeSentEither() {
        waiting.stop();

        assertThatExceptionOfType(CollectorStoppedException.class).isThrownBy(() -> waiting.has(ID));
    }

    private static Answer answer(String body) {
        return new Answer(ID, body, 1, "", null);
    }
}
