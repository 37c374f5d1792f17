package dev.sluice.sandbox;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An OpenAI-compatible upstream in this JVM, with limits that refuse and faults that hurt: the default to try Sluice
 * with, and what its tests call over real sockets. {@code docs/sandbox.md} tells users what it does.
 *
 * <p>One event loop serves everything and latency is a timer, so ten thousand open calls cost no thread. Its thread is a
 * daemon: a program that only serves a sandbox has to wait by itself.
 *
 * <p>Thread-safe.
 */
public final class Sandbox implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sandbox.class);
    private static final int BACKLOG = 8192;

    private final Vertx vertx;
    private final Engine engine;
    private final URI url;

    private Sandbox(Vertx vertx, Engine engine, URI url) {
        this.vertx = vertx;
        this.engine = engine;
        this.url = url;
    }

    /**
     * Starts and blocks until it listens.
     *
     * @throws UncheckedIOException if it cannot listen, for example because the port is taken
     */
    public static Sandbox start(SandboxConfig config) {
        return start(config, System::nanoTime);
    }

    /** @param nanos the clock of limits and records; latency runs by the timers of the event loop */
    static Sandbox start(SandboxConfig config, LongSupplier nanos) {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        Engine engine = new Engine(vertx, config, nanos);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setAcceptBacklog(BACKLOG)
                .setHttp2ClearTextEnabled(false) // what a cut or a reset means is plain in HTTP/1.1 only
                .setHandle100ContinueAutomatically(true);
        try {
            HttpServer server = vertx.createHttpServer(options)
                    .requestHandler(new Front(engine))
                    .listen()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            URI url = URI.create("http://" + authority(config.host(), server.actualPort()) + "/v1");
            log.info("sandbox listens url={}", url);
            return new Sandbox(vertx, engine, url);
        } catch (CompletionException e) {
            vertx.close();
            throw cannotListen(config, e.getCause());
        }
    }

    /** The base URL to call: {@code http://127.0.0.1:PORT/v1}. */
    public URI url() {
        return url;
    }

    /** The calls that have come to an end, the latest 100,000; none unless {@code sandbox.record} is on. */
    public List<Call> calls() {
        return engine.calls();
    }

    public Stats stats() {
        return engine.stats();
    }

    /**
     * Applies limits, latency, faults and the rest from the next call on. Host and port stay; limits that are the same as
     * before stay as full as they are, others begin full.
     */
    public void configure(SandboxConfig config) {
        engine.configure(config);
    }

    /** Stops listening and closes every connection, also in the middle of an answer. */
    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static String authority(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private static UncheckedIOException cannotListen(SandboxConfig config, @Nullable Throwable cause) {
        String where = authority(config.host(), config.port());
        String advice = cause instanceof BindException
                ? "the port is taken or the address is not of this machine; free it, or set sandbox.port"
                        + " (0 = any free one) or sandbox.host"
                : String.valueOf(cause);
        return new UncheckedIOException(
                new IOException("the sandbox cannot listen on " + where + ": " + advice, cause));
    }
}
