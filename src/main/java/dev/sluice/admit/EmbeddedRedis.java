package dev.sluice.admit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real redis-server of our own, on a free port of 127.0.0.1, without persistence: so that one node needs no set-up.
 *
 * <p>Should it die, it is started again on the same port, empty; until then the limiter goes on alone.
 *
 * <p>It ends with this object or with this JVM, whatever comes first and however the JVM ends: see
 * {@link ServerProcess}. Anyone with an account on this machine can reach it; use {@code redis.url} where that matters.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private final int port;
    private final Path home;
    private volatile ServerProcess server;
    private volatile boolean closed;

    private EmbeddedRedis(int port, Path home, ServerProcess server) {
        this.port = port;
        this.home = home;
        this.server = server;
        server.onEnd(this::startAgain);
    }

    /**
     * Starts a server.
     *
     * @param folder for the executable (10 MB, written once) and the server's working directory; created if missing
     * @param unavailable gets the reason in one line, if there is none: no binary for this platform, a missing library,
     *     a file system that allows no executables
     */
    public static Optional<EmbeddedRedis> start(Path folder, Consumer<String> unavailable) {
        try {
            return start(folder, freePort(), unavailable);
        } catch (IOException e) {
            unavailable.accept(reason(e));
            return Optional.empty();
        }
    }

    /** The same on a certain port. */
    static Optional<EmbeddedRedis> start(Path folder, int port, Consumer<String> unavailable) {
        try {
            Path home = Files.createDirectories(folder).toAbsolutePath();
            Path executable = RedisBinary.in(home);
            return Optional.of(new EmbeddedRedis(port, home, ServerProcess.start(executable, home, port)));
        } catch (IOException | TimeoutException e) {
            unavailable.accept(reason(e));
        } catch (ExecutionException e) {
            unavailable.accept(reason(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            unavailable.accept("interrupted");
        }
        return Optional.empty();
    }

    /** For {@code redis.url}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    /** The process id of the server. */
    public long pid() {
        return server.pid();
    }

    /** Stops the server; returns when it has ended. */
    @Override
    public void close() {
        closed = true;
        server.stop();
    }

    /** It was killed, by the kernel for one that needed memory: the same again, empty, on the same port. */
    private void startAgain() {
        if (closed) {
            return;
        }
        LOG.warn("embedded Redis has ended, starting it again port={}", port);
        try {
            server = ServerProcess.start(RedisBinary.in(home), home, port);
            server.onEnd(this::startAgain);
            if (closed) {
                server.stop();
            }
        } catch (IOException | TimeoutException | ExecutionException e) {
            LOG.warn("embedded Redis does not start: {}; trying again", reason(e));
            CompletableFuture.delayedExecutor(AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::startAgain);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static String reason(Throwable e) {
        String said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return said.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
