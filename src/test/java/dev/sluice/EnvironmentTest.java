package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private static final String KEY = "limit.tokens-per-minute";

    @AfterEach
    void forget() {
        System.clearProperty(KEY);
    }

    @Test
    void whatIsSetThereWinsOverFiles() {
        System.setProperty(KEY, "4711");

        assertThat(read()).isEqualTo("4711");
    }

    @Test
    void whatIsEmptyThereIsAsGoodAsNotSetForCommandsThatStartNothing() {
        System.setProperty(KEY, "");

        assertThat(read()).isEqualTo("200000");
    }

    private static String read() {
        return RunCommand.settings(Path.of("config"), Map.of()).text(KEY);
    }
}
