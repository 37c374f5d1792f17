package dev.sluice.jms;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InHandTest {
    @TempDir
    Path folder;

    @Test
    void countsTheProcessesThatEndedWithAMessageInHand() throws IOException {
        for (int crash = 0; crash < 3; crash++) {
            try (InHand inHand = InHand.open(folder)) {
                assertThat(inHand.crashes("poison")).isEqualTo(crash);
                inHand.begin("good " + crash);
                inHand.begin("poison");
                inHand.end("good " + crash);
            }
        }
        try (InHand inHand = InHand.open(folder)) {
            assertThat(inHand.crashes("poison")).isEqualTo(3);
            assertThat(inHand.crashes("good 0")).isZero();
            inHand.end("poison");
        }
        try (InHand inHand = InHand.open(folder)) {
            assertThat(inHand.crashes("poison")).isZero();
        }
    }

    @Test
    void aMessageThatEndsAfterACrashIsForgotten() throws IOException {
        try (InHand inHand = InHand.open(folder)) {
            inHand.begin("unlucky");
        }
        try (InHand inHand = InHand.open(folder)) {
            inHand.begin("unlucky");
            inHand.end("unlucky");
        }
        try (InHand inHand = InHand.open(folder)) {
            assertThat(inHand.crashes("unlucky")).isZero();
        }
    }

    @Test
    void staysSmallHoweverManyMessagesGoThrough() throws IOException {
        try (InHand inHand = InHand.open(folder)) {
            inHand.begin("long");
            for (int i = 0; i < 50_000; i++) {
                inHand.begin("ID:00000000-0000-0000-0000-" + i);
                inHand.end("ID:00000000-0000-0000-0000-" + i);
            }
        }
        assertThat(Files.size(folder.resolve("in-hand-1.log"))).isLessThan(2_000_000);
        try (InHand inHand = InHand.open(folder)) {
            assertThat(inHand.crashes("long")).isEqualTo(1);
        }
    }

    @Test
    void nodesThatShareAFolderHaveALogEach() throws IOException {
        try (InHand one = InHand.open(folder);
                InHand other = InHand.open(folder)) {
            one.begin("x");
            other.begin("y");
        }
        try (InHand one = InHand.open(folder);
                InHand other = InHand.open(folder)) {
            assertThat(one.crashes("x") + other.crashes("x")).isEqualTo(1);
            assertThat(one.crashes("y") + other.crashes("y")).isEqualTo(1);
        }
    }
}
