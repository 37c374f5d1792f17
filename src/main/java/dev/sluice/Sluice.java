package dev.sluice;

import dev.sluice.check.CheckCommand;
import dev.sluice.check.Directories;
import dev.sluice.check.Known;
import java.io.IOException;
import java.net.BindException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** The command line. */
@Command(
        name = "sluice",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Feeds chat-model APIs from message folders and JSONL files, and loses nothing.",
        footer = {"", "Without a command: run."})
public final class Sluice {

    /** Commands whose standard output is their result. */
    private static final Set<String> QUIET = Set.of("batch", "doctor", "progress", "replay");

    private Sluice() {}

    /** Exits with the command's code, see {@code --help}. */
    public static void main(String[] args) {
        if (args.length > 0 && QUIET.contains(args[0])) {
            logOnlyWarningsToStandardError();
        }
        System.exit(commandLine(home()).execute(args.length == 0 ? new String[] {"run"} : args));
    }

    /** Before the first logger is made: standard output is for the progress, or for the answers. */
    private static void logOnlyWarningsToStandardError() {
        System.setProperty("sluice.log.target", "SYSTEM_ERR");
        System.setProperty("sluice.log.level", "warn");
    }

    static CommandLine commandLine(Path home) {
        return new CommandLine(new Sluice())
                .addSubcommand(new RunCommand(directories(home)))
                .addSubcommand(new CommandLine(new BatchCommand(directories(home)))
                        .addSubcommand(new BatchStatusCommand(directories(home))))
                .addSubcommand(new CheckCommand(
                        directories(home), Known.here(Defaults.keys(), Defaults.keys(), BeanNames.ALL)))
                .addSubcommand(new ReplayCommand(directories(home)))
                .addSubcommand(new ProgressCommand(directories(home)))
                .addSubcommand(new DoctorCommand(directories(home)))
                .addSubcommand(new SandboxCommand())
                .setExecutionExceptionHandler(sayInOneLine());
    }

    private static Directories directories(Path home) {
        return new Directories(home.resolve("routes"), home.resolve("config"));
    }

    /** Where routes/ and config/ are: beside the program, be it lib/sluice.jar or target/classes. */
    private static Path home() {
        Path here = Path.of("").toAbsolutePath();
        try {
            Path code = Path.of(Sluice.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return Stream.iterate(code, path -> path.getParent() != null, Path::getParent)
                    .filter(folder -> Files.isDirectory(folder.resolve("routes")))
                    .findFirst()
                    .orElse(here);
        } catch (URISyntaxException e) {
            return here;
        }
    }

    /** An error for a person: what and where, no stack trace. */
    private static IExecutionExceptionHandler sayInOneLine() {
        return (failure, command, parsed) -> {
            Throwable root = failure;
            while (root.getCause() != null && !(root instanceof Settings.ConfigurationException) && !isInWords(root)) {
                root = root.getCause();
            }
            boolean ours = root instanceof Settings.ConfigurationException || root instanceof IllegalArgumentException;
            String message = root.getMessage() == null ? root.toString() : root.getMessage();
            command.getErr()
                    .println("sluice: "
                            + (ours || isInWords(root)
                                    ? message
                                    : root.getClass().getSimpleName() + ": " + message));
            return ours ? 2 : 1;
        };
    }

    /** Whether an exception says all there is to say: those of Java are classes of their own, with a name for a message. */
    private static boolean isInWords(Throwable failure) {
        return (failure.getClass() == IOException.class || failure.getClass() == BindException.class)
                && failure.getMessage() != null
                && failure.getMessage().contains(" ");
    }
}
