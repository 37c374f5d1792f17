package dev.sluice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code sluice run} as a process of its own, with its folders and its log below {@code data}. */
final class SluiceProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    private SluiceProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it with these variables on top of the environment; it takes any port for health. */
    static SluiceProcess start(Path data, Map<String, String> variables) throws IOException {
        Path log = data.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1", // a test is over before more would pay
                        "-XX:TieredStopAtLevel=1", // as bin/sluice does
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.sluice.Sluice",
                        "run",
                        "--routes",
                        "routes",
                        "--config",
                        "config")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Map<String, String> environment = builder.environment();
        for (String folder : List.of("inbox", "outbox", "failed", "done")) {
            environment.put(
                    "FOLDER_" + folder.toUpperCase(), data.resolve(folder).toString());
        }
        for (String folder : List.of("inbox", "outbox", "failed", "done", "state", "api")) {
            environment.put(
                    "BATCH_" + folder.toUpperCase(),
                    data.resolve("batches").resolve(folder).toString());
        }
        environment.put("INTAKES", "folder,batch");
        environment.put("JMS_PORT", "0");
        environment.put("JMS_FOLDER", data.resolve("broker").toString());
        environment.put("FOLDER_QUIET_MS", "0");
        environment.put("REDIS_FOLDER", Node.REDIS.toString());
        environment.put("MANAGE_PORT", "0");
        environment.put("REST_PORT", "0");
        environment.put("LC_ALL", "C.UTF-8");
        environment.putAll(variables);
        return new SluiceProcess(builder.start(), log);
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Tells it to stop, by SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Waits until it has ended by itself. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it has not ended within a minute");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
