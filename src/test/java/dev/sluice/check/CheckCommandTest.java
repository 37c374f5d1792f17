package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CheckCommandTest {

    private final Path directory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    CheckCommandTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void endsWithZeroIfAllIsGood() {
        new CheckedBundle(directory).file("x.camel.yaml", Cases.route("- stop: {}"));
        assertThat(run()).isZero();
        assertThat(out).hasToString("1 file, 1 route: all good\n");
    }

    @Test
    void endsWithOneAfterAProblem() {
        new CheckedBundle(directory).file("x.camel.yaml", Cases.route("- stp: {}"));
        assertThat(run()).isOne();
        assertThat(out.toString())
                .contains("x.camel.yaml:7:11: unknown step 'stp' — did you mean 'step'?")
                .endsWith("1 file, 1 route: 1 problem\n");
    }

    @Test
    void adviceDoesNotFailTheCheck() {
        new CheckedBundle(directory)
                .file("x.camel.yaml", Cases.route("- stop: {}"))
                .file("y.yaml", "");
        assertThat(run()).isZero();
    }

    @Test
    void endsWithTwoIfADirectoryIsMissing() {
        assertThat(run("--routes", "nowhere")).isEqualTo(2);
        assertThat(err.toString()).contains("--routes nowhere is not a directory: name one that exists");
    }

    private int run(String... arguments) {
        Known known = new Known(Set.of(), Set.of(), Set.of(), Map.of(), Map.of());
        CheckCommand command = new CheckCommand(new Directories(directory, directory), known);
        return new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }
}
