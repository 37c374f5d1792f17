package dev.sluice.check;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of a command that say where routes and configuration are; a mixin. */
public final class Directories {
    @Option(
            names = "--routes",
            paramLabel = "DIR",
            description = "Where the routes are (default: beside the program, ${DEFAULT-VALUE}).")
    private Path routes;

    @Option(
            names = "--config",
            paramLabel = "DIR",
            description = "Where application.properties is (default: beside the program, ${DEFAULT-VALUE}).")
    private Path config;

    /** With what holds if the command line says nothing. */
    public Directories(Path routes, Path config) {
        this.routes = routes;
        this.config = config;
    }

    public Path routes() {
        return routes;
    }

    public Path config() {
        return config;
    }
}
