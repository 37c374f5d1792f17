package dev.sluice.check;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code sluice check}: exit code 0 if the routes may start (advice does not count), 1 if there is a problem, 2 if a
 * directory is missing. Findings go to standard output, one on a line, and a last line counts them.
 */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Checks routes and configuration without starting them.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all good", "1:problems found", "2:bad usage, for example a missing directory"})
public final class CheckCommand implements Callable<Integer> {
    @Mixin
    private final Directories directories;

    private final Known known;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    public CheckCommand(Directories directories, Known known) {
        this.directories = directories;
        this.known = known;
    }

    @Override
    public Integer call() {
        Path routes = existing("--routes", directories.routes());
        Path config = existing("--config", directories.config());
        Report report = new RouteCheck(routes, config, known).report();
        PrintWriter out = spec.commandLine().getOut();
        report.findings().forEach(out::println);
        out.println(report.summary());
        out.flush();
        return report.passed() ? 0 : 1;
    }

    private Path existing(String option, Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + directory + " is not a directory: name one that exists");
        }
        return directory;
    }
}
