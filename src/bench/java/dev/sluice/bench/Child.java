package dev.sluice.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that the benchmark started, with its output in a log file. Its working directory is a folder of its own, and
 * of the benchmark's environment it sees only what is needed to start: what happens to be set in a shell must not
 * change the figures.
 */
final class Child implements AutoCloseable {
    private static final List<String> INHERITED = List.of("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL");
    private static final Duration STOPS_WITHIN = Duration.ofSeconds(60);
    private static final Pattern PEAK_RSS = Pattern.compile("VmHWM:\\s+(\\d+) kB");
    private static final int LAST_LINES = 20;

    private final String name;
    private final Process process;
    private final Path log;
    private final long startedMs;

    private Child(String name, Process process, Path log, long startedMs) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.startedMs = startedMs;
    }

    static Child start(String name, List<String> command, Map<String, String> environment, Path folder)
            throws IOException {
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().putAll(environment);
        long now = System.currentTimeMillis();
        return new Child(name, builder.start(), log, now);
    }

    String name() {
        return name;
    }

    /** When it was started, in milliseconds since 1970. */
    long startedMs() {
        return startedMs;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The processor time used so far, of all its threads. */
    Duration cpu() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The most memory that it has occupied so far, in MiB; empty where /proc does not tell. */
    OptionalLong peakRssMb() {
        try {
            Matcher peak = PEAK_RSS.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
            return peak.find() ? OptionalLong.of(Long.parseLong(peak.group(1)) / 1024) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** What it has printed so far. */
    String log() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String lastLines() {
        List<String> lines = log().lines().toList();
        return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /**
     * Stops it by SIGTERM.
     *
     * @return how long it took to end
     * @throws BenchException if it has not ended after 60 s; it is killed then
     */
    Duration stop() throws InterruptedException {
        long start = System.nanoTime();
        process.destroy();
        if (!process.waitFor(STOPS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
            String lines = lastLines();
            kill();
            throw new BenchException(
                    "waited %d s for %s to stop; its last lines:%n%s".formatted(STOPS_WITHIN.toSeconds(), name, lines));
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Ends it, and what it has started, at once; does nothing if it has ended. */
    void kill() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    /** Ends it in good order if it can, by force if not. */
    @Override
    public void close() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        try {
            if (process.waitFor(10, TimeUnit.SECONDS)) {
                descendants.forEach(ProcessHandle::destroyForcibly);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
    }
}
