package dev.sluice.admit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A redis-server process that cannot outlive this JVM.
 *
 * <p>On Unix a shell stands between: it holds the reading end of a pipe from this JVM and ends the server when the pipe
 * ends, which it does even if the JVM is killed by {@code kill -9}. Shell and server have a session of their own, so
 * that Ctrl-C in a terminal stops the JVM, which drains, and not Redis under it; where {@code setsid} is missing
 * (macOS) the shell's job control gives the server a process group of its own, which does the same.
 *
 * <p>On Windows the server is a plain child: it ends with {@link #stop()}, but survives a JVM that is killed.
 */
final class ServerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
    private static final boolean WINDOWS = File.separatorChar == '\\';
    private static final int START_SECONDS = 10;
    private static final int STOP_SECONDS = 5;
    private static final Pattern READY = Pattern.compile("^\\[?(\\d+).*Ready to accept connections.*");

    /** Its arguments are the command. With job control off, a shell gives background jobs /dev/null for stdin: hence 3. */
    private static final String GUARD = """
            trap '' INT
            exec 3<&0 </dev/null
            "$@" 3<&- &
            server=$!
            (
              while read -r line; do :; done <&3
              kill "$server" && kill -CONT "$server" && sleep 5 && kill -KILL "$server"
            ) >/dev/null 2>&1 &
            guard=$!
            exec 3<&-
            wait "$server"
            status=$?
            kill "$guard" 2>/dev/null
            exit "$status"
            """;

    private static final String OWN_SESSION = """
            guard=$1
            shift
            if command -v setsid >/dev/null 2>&1; then
              exec setsid sh -c "$guard" sluice-redis "$@"
            fi
            set -m 2>/dev/null
            eval "$guard"
            """;

    private final Process process;
    private final long pid;

    private ServerProcess(Process process, long pid) {
        this.process = process;
        this.pid = pid;
    }

    /**
     * Starts the server and waits until it accepts connections.
     *
     * @throws ExecutionException if it ended instead; the cause's message is what it said
     */
    static ServerProcess start(Path executable, Path folder, int port)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        Process process = new ProcessBuilder(command(executable, port))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        CompletableFuture<Long> ready = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(process, ready), "sluice-redis-log");
        reader.setDaemon(true);
        reader.start();
        try {
            return new ServerProcess(process, ready.get(START_SECONDS, TimeUnit.SECONDS));
        } catch (TimeoutException e) {
            throw new TimeoutException("redis-server was not ready within " + START_SECONDS + " s");
        } finally {
            if (!ready.isDone() || ready.isCompletedExceptionally()) {
                stop(process);
            }
        }
    }

    long pid() {
        return pid;
    }

    void stop() {
        stop(process);
    }

    /** Runs when the server has ended, however that came. */
    void onEnd(Runnable action) {
        process.onExit().thenRunAsync(action);
    }

    private static List<String> command(Path executable, int port) {
        List<String> command = new ArrayList<>();
        if (!WINDOWS) {
            command.addAll(List.of("sh", "-c", OWN_SESSION, "sluice-redis", GUARD));
        }
        command.addAll(List.of(executable.toString(), "--bind", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(List.of("--save", "", "--appendonly", "no"));
        return command;
    }

    /** Reads to the end: a server whose output nobody reads would block. */
    private static void read(Process process, CompletableFuture<Long> ready) {
        StringBuilder said = new StringBuilder();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                LOG.debug("{}", line);
                Matcher matcher = READY.matcher(line);
                if (matcher.matches()) {
                    ready.complete(Long.parseLong(matcher.group(1)));
                } else if (!ready.isDone() && said.length() < 500) {
                    said.append(line).append('\n');
                }
            }
        } catch (IOException e) {
            LOG.debug("redis-server log ended: {}", e.toString());
        }
        ready.completeExceptionally(new IOException("redis-server did not start: " + said));
    }

    /** The end of the pipe stops the server on Unix. */
    private static void stop(Process process) {
        try {
            if (WINDOWS) {
                process.destroy();
            }
            process.getOutputStream().close();
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
