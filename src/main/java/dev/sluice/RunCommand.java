package dev.sluice;

import dev.sluice.admit.TokenEstimate;
import dev.sluice.check.Directories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice run}: every chosen intake, until SIGTERM or Ctrl-C. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Answers messages from every chosen intake until it is stopped (the default command).",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended by itself, as with camel.main.duration-max-seconds",
            "1:failed to start or while running",
            "2:bad usage or configuration",
            "130:stopped by Ctrl-C (128 + 2)",
            "143:stopped by SIGTERM (128 + 15)"
        })
final class RunCommand implements Callable<Integer> {
    @Mixin
    private final Directories directories;

    @Option(names = "--reload", description = "Take up changed route files while running (for development).")
    private boolean reload;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    RunCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() throws Exception {
        prepareJvm();
        Main main = main(
                require(spec, "--routes", directories.routes()),
                require(spec, "--config", directories.config()),
                reload ? Map.of("routes.reload", "true") : Map.of());
        main.run();
        return main.getExitCode();
    }

    /** Sluice, ready to start. */
    static Main main(Path routes, Path config, Map<String, String> overrides) {
        return main(routes, config, new Beans(routes, overrides));
    }

    static Main main(Path routes, Path config, Beans beans) {
        Main main = new Main();
        main.setPropertyPlaceholderLocations(locations(config));
        main.configure().withRoutesIncludePattern("file:%s/*.camel.yaml".formatted(routes));
        main.configure().setRoutesReloadDirectory(routes.toString());
        main.addMainListener(beans);
        return main;
    }

    /** What can be done before and beside the start. */
    static void prepareJvm() {
        useVirtualThreadsWhereThereAreAny();
        warmUpMeanwhile();
    }

    /** The configuration as {@link #main} will see it, before Sluice starts. */
    static Settings settings(Path config, Map<String, String> overrides) {
        PropertiesComponent properties = new PropertiesComponent();
        properties.setCamelContext(new DefaultCamelContext());
        Environment.replaceCamels(properties);
        properties.setLocation(locations(config));
        Properties overriding = new Properties();
        overriding.putAll(overrides);
        properties.setOverrideProperties(overriding);
        properties.start();
        return new Settings(key -> properties.resolveProperty(key).orElse(null));
    }

    private static String locations(Path config) {
        return "file:%s;optional=true,classpath:%s"
                .formatted(config.resolve("application.properties"), Defaults.RESOURCE);
    }

    /** Beside the start, which one processor is enough for. */
    private static void warmUpMeanwhile() {
        Thread thread = new Thread(TokenEstimate::warmUp, "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    static Path require(CommandSpec spec, String option, Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + directory + " is not a directory: name one that exists");
        }
        return directory;
    }

    private static void useVirtualThreadsWhereThereAreAny() {
        String property = "camel.threads.virtual.enabled";
        if (Runtime.version().feature() >= 21 && System.getProperty(property) == null) {
            System.setProperty(property, "true");
        }
    }
}
