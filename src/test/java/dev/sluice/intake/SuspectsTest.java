package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuspectsTest {
    @TempDir
    Path folder;

    @Test
    void aMessageFoundInHandAtThreeStartsIsPoison() {
        assertThat(start().taken("a")).isFalse();
        assertThat(start().taken("a")).isFalse();
        assertThat(start().taken("a")).isFalse();
        assertThat(start().taken("a")).isTrue();
    }

    @Test
    void oneThatEndsIsBeyondSuspicion() {
        start().taken("a");
        start().taken("a");
        Suspects third = start();
        third.taken("a");
        third.ended("a");
        assertThat(start().taken("a")).isFalse();
        assertThat(start().taken("a")).isFalse();
    }

    @Test
    void startsInWhichItIsNotTakenDoNotCount() {
        start().taken("a");
        start().taken("b");
        start().taken("b");
        start().taken("b");
        Suspects last = start();
        assertThat(last.taken("b")).isTrue();
        assertThat(last.taken("a")).isFalse();
    }

    @Test
    void aTornLineAndALongFileChangeNothing() throws Exception {
        start().taken("a");
        start().taken("a");
        Suspects busy = start();
        busy.taken("a");
        String key = "k".repeat(1000);
        for (int i = 0; i < 5000; i++) {
            busy.taken(key + i);
            busy.ended(key + i);
        }
        assertThat(Files.size(folder.resolve("in-hand"))).isLessThan(5_000_000);
        Files.writeString(folder.resolve("in-hand"), "- ", StandardOpenOption.APPEND);

        assertThat(start().taken("a")).isTrue();
    }

    private Suspects start() {
        return new Suspects(folder.resolve("in-hand"));
    }
}
