package dev.sluice;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code sluice batch} as a process of its own, in a working directory of its own. */
final class BatchProcess implements AutoCloseable {
    private final Process process;
    private final Path out;
    private final Path err;

    private BatchProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static BatchProcess start(Path folder, URI upstream, String... arguments) throws IOException {
        return start(folder, upstream, Map.of(), arguments);
    }

    /** Calls an upstream without limits, retries without delay, with these settings on top. */
    static BatchProcess start(Path folder, URI upstream, Map<String, String> settings, String... arguments)
            throws IOException {
        return start(List.of(), ProcessBuilder.Redirect.PIPE, folder, upstream, settings, arguments);
    }

    /** With a file as its standard input. */
    static BatchProcess reading(Path input, Path folder, URI upstream, String... arguments) throws IOException {
        return start(List.of(), ProcessBuilder.Redirect.from(input.toFile()), folder, upstream, Map.of(), arguments);
    }

    /** Without space for files of more than so many bytes. */
    static BatchProcess withFilesUpTo(
            int bytes, Path folder, URI upstream, Map<String, String> settings, String... arguments)
            throws IOException {
        List<String> shell = List.of("sh", "-c", "ulimit -f %d; exec \"$@\"".formatted(bytes / 512), "limited");
        return start(shell, ProcessBuilder.Redirect.PIPE, folder, upstream, settings, arguments);
    }

    private static BatchProcess start(
            List<String> before,
            ProcessBuilder.Redirect input,
            Path folder,
            URI upstream,
            Map<String, String> settings,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.Sluice",
                "batch",
                "--config",
                Path.of("config").toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        if (!command.contains("--routes")) {
            command.addAll(
                    List.of("--routes", Path.of("routes").toAbsolutePath().toString()));
        }
        Path out = Files.createTempFile(folder, ".out", "");
        Path err = Files.createTempFile(folder, ".err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(input)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Map<String, String> environment = new HashMap<>(Map.of(
                "UPSTREAM_URL",
                upstream.toString(),
                "LIMIT_REQUESTS_PER_MINUTE",
                "1000000",
                "LIMIT_TOKENS_PER_MINUTE",
                "1000000000",
                "RETRY_BASE_MS",
                "1",
                "LC_ALL",
                "C.UTF-8"));
        settings.forEach((key, value) ->
                environment.put(key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value));
        builder.environment().putAll(environment);
        return new BatchProcess(builder.start(), out, err);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after 90 s");
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ctrl-C. */
    void interrupt() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
