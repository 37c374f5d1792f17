package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "问候.md", "a b.json", "${x} {{y}}.txt", "no-extension"})
    void addsTheSuffixToTheWholeName(String name) {
        assertThat(FileNames.withSuffix(Path.of("out", name), ".json")).isEqualTo(Path.of("out", name + ".json"));
    }

    @Test
    void cutsANameThatWouldBecomeTooLongWithoutMakingTwoAlike() {
        String long1 = "问".repeat(80) + "1.txt";
        String long2 = "问".repeat(80) + "2.txt";

        Path first = FileNames.withSuffix(Path.of(long1), ".error.json");
        Path second = FileNames.withSuffix(Path.of(long2), ".error.json");

        assertThat(first.toString().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(255);
        assertThat(first.toString()).startsWith("问问").endsWith(".error.json").isNotEqualTo(second.toString());
    }

    @Test
    void neverBreaksALogLine() {
        assertThat(FileNames.printable("a\nINFO forged\u001b[31m")).isEqualTo("a?INFO forged?[31m");
    }
}
