package dev.sluice.front;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.Api;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;

/**
 * The port of the front. It listens from the start, and tells clients to come back until {@link #open()}. Routes whose
 * {@code from} is {@code platform-http} are reached through it, all behind the same {@link Door}.
 */
public final class FrontServer implements AutoCloseable {
    private static final int BACKLOG = 8192;
    private static final int LONGEST_URL = 8192;
    private static final int SHARE_OF_HEAP = 4;

    private static final String BASE = "/v1";
    private static final FrontError NOT_FOUND = FrontError.wrong(404, "not_found", "there is nothing at this path");
    private static final FrontError WRONG_METHOD =
            FrontError.wrong(405, "method_not_allowed", "this path has another method");

    private final FrontSettings settings;
    private final Supplier<String> ids;
    private final Clock clock;
    private final WaitTimer timer = new WaitTimer("front");
    private final Vertx vertx;
    private final Door door;
    private final Router router;
    private final InHand inHand;
    private final Front front;
    private final AtomicInteger connections = new AtomicInteger();
    private final HttpServer server;

    private FrontServer(
            FrontSettings settings, Credentials credentials, Supplier<String> ids, Executor executor, Clock clock) {
        this.settings = settings;
        this.ids = ids;
        this.clock = clock;
        this.vertx = vertx();
        this.door = new Door(settings, credentials, ids);
        this.router = router();
        this.inHand = new InHand(settings.maxInHand(), settings.maxWaiting());
        this.front = new Front(inHand, settings.maxWait(), executor, vertx, clock);
        this.server = vertx.createHttpServer(options(settings))
                .connectionHandler(this::connected)
                .invalidRequestHandler(FrontServer::refuseNonsense)
                .requestHandler(router);
    }

    /**
     * Starts and blocks until it listens.
     *
     * @param executor where routes run, which may block
     * @throws UncheckedIOException if it cannot listen, for example because the port is taken
     */
    public static FrontServer start(FrontSettings settings, Supplier<String> ids, Executor executor, Clock clock) {
        Credentials credentials = credentials(settings);
        if (credentials.letAnybodyIn() && !settings.isLoopback()) {
            throw new IllegalArgumentException(
                    ("rest.host=%s lets other machines in, and there are no keys: set rest.api-keys (REST_API_KEYS) or"
                                    + " rest.jwt-jwks, or listen at 127.0.0.1")
                            .formatted(settings.host()));
        }
        FrontServer front = new FrontServer(settings, credentials, ids, executor, clock);
        try {
            front.server
                    .listen(settings.port(), settings.host())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            return front;
        } catch (CompletionException e) {
            front.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UncheckedIOException(new IOException(
                    "rest.port=%d of rest.host=%s cannot be had (%s); stop what listens there, or set another port as REST_PORT"
                            .formatted(settings.port(), settings.host(), cause.getMessage())));
        }
    }

    /** How large the shares of tenants are beside each other, as far as keys say. */
    public static Map<String, Double> weights(String keys) {
        return ApiKeys.parse(keys).weights();
    }

    private static Credentials credentials(FrontSettings settings) {
        ApiKeys keys = ApiKeys.parse(settings.keys());
        FrontSettings.Jwt jwt = settings.jwt();
        return jwt == null ? Credentials.of(keys) : new JwtCredentials(keys, jwt.jwks(), jwt.issuer(), jwt.audience());
    }

    /** Lets WebSockets in, whose requests go to {@code direct:websocket-message}. */
    public void serveWebSockets(CamelContext camel) {
        RouteEntry entry = new RouteEntry(camel, "websocket-message", front);
        Sockets sockets = new Sockets(vertx, ids, entry, settings.requestTimeout());
        router.get("/v1/chat").handler(sockets::open);
    }

    /** Lets files in at {@code POST /v1/files}, which are put into this folder before a route sees the request. */
    public void serveUploads(Path folder, long maxBytes) throws IOException {
        Files.createDirectories(folder);
        router.post(Uploads.PATH).handler(new Uploads(folder, maxBytes));
    }

    /** Requests whose client does not wait, which are kept in this folder for so long. */
    public Background background(CamelContext camel, Path folder, Duration retention) {
        RouteEntry entry = new RouteEntry(camel, "front", front);
        return new Background(new RequestStore(folder, retention, clock), entry::send, timer, clock);
    }

    /**
     * What is answered once.
     *
     * @param redis which all nodes share; null: this node is alone
     */
    public Processor doOnce(@Nullable Supplier<Optional<RedissonClient>> redis, Duration retention) {
        return new DoOnce(redis == null ? new OnceHere(retention, clock) : new OnceInRedis(redis, retention), timer);
    }

    /** Makes {@code platform-http} routes of this context listen here. */
    public void serve(CamelContext camel) {
        String name = VertxPlatformHttpRouter.getRouterNameFromPort(port());
        ReadBody body = new ReadBody(
                settings.maxBodyBytes(),
                settings.requestTimeout(),
                Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
        camel.getRegistry()
                .bind(
                        name,
                        new VertxPlatformHttpRouter(
                                null, vertx, router, name, VertxPlatformHttpRouter.SERVER_TYPE_SERVER) {
                            @Override
                            public Handler<RoutingContext> bodyHandler() {
                                return body;
                            }
                        });
        camel.getComponent("platform-http", PlatformHttpComponent.class)
                .setEngine(new FrontEngine(port(), name, front, settings.requestTimeout()));
    }

    public void open() {
        door.open();
    }

    /** Tells whoever comes now to come back later; what was let in goes on. */
    public void refuse() {
        door.close();
    }

    public boolean isOpen() {
        return door.isOpen();
    }

    public int port() {
        return server.actualPort();
    }

    public int connections() {
        return connections.get();
    }

    public int working() {
        return inHand.working();
    }

    public int waiting() {
        return inHand.waiting();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Router router() {
        Router root = Router.router(vertx);
        if (!settings.origins().isEmpty()) {
            root.route().order(-2).handler(cors(settings.origins()));
        }
        root.route().order(-1).handler(door);
        root.get("/openapi.json").handler(FrontServer::describe);
        root.errorHandler(400, ctx -> Door.refuse(ctx, FrontError.wrong(400, "bad_request", "this makes no sense")));
        root.errorHandler(404, ctx -> Door.refuse(ctx, NOT_FOUND));
        root.errorHandler(405, ctx -> Door.refuse(ctx, isKnown(ctx.request().path()) ? WRONG_METHOD : NOT_FOUND));
        root.errorHandler(500, ctx -> Door.refuse(ctx, FrontError.unavailable("internal_error", "internal error")));
        return root;
    }

    /** The route of requests takes any path below /v1, whether there is something or not. */
    private static boolean isKnown(String path) {
        return !path.startsWith(BASE)
                || path.startsWith(BASE + "/models")
                || path.startsWith(BASE + "/files")
                || path.startsWith(BASE + "/batches")
                || Api.of(path.substring(BASE.length())).isPresent();
    }

    private static CorsHandler cors(List<String> origins) {
        CorsHandler handler = CorsHandler.create()
                .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE))
                .allowedHeaders(Set.of("authorization", "content-type", "idempotency-key", "prefer"))
                .exposedHeaders(Set.of("x-request-id", "retry-after", "location"))
                .maxAgeSeconds(600);
        return origins.contains("*") ? handler.addOriginWithRegex(".*") : handler.addOrigins(origins);
    }

    private static void describe(RoutingContext ctx) {
        try (InputStream in = FrontServer.class.getResourceAsStream("openapi.json")) {
            ctx.response()
                    .putHeader("Content-Type", "application/json")
                    .end(Buffer.buffer(in == null ? new byte[0] : in.readAllBytes()));
        } catch (IOException e) {
            ctx.fail(e);
        }
    }

    private void connected(HttpConnection connection) {
        if (connections.incrementAndGet() > settings.maxConnections()) {
            connections.decrementAndGet();
            connection.close();
            return;
        }
        connection.closeHandler(closed -> connections.decrementAndGet());
        ((HttpServerConnection) connection)
                .channel()
                .pipeline()
                .addFirst(SlowRequests.NAME, new SlowRequests(settings.requestTimeout(), settings.idleTimeout()));
    }

    /** What is not HTTP, or too much of it: the connection cannot go on. */
    private static void refuseNonsense(HttpServerRequest request) {
        String cause = String.valueOf(request.decoderResult().cause());
        FrontError error = cause.contains("TooLongHttpLine")
                ? FrontError.wrong(414, "uri_too_long", "the URL is longer than " + LONGEST_URL + " bytes")
                : cause.contains("TooLongHttpHeader")
                        ? FrontError.wrong(
                                431, "headers_too_large", "the headers are too large (rest.max-header-bytes)")
                        : FrontError.wrong(400, "bad_request", "this is not HTTP/1.1");
        request.response()
                .setStatusCode(error.status())
                .putHeader("Content-Type", "application/json")
                .putHeader("Connection", "close")
                .end(error.json().toString())
                .onComplete(sent -> request.connection().close());
    }

    private static HttpServerOptions options(FrontSettings settings) {
        HttpServerOptions options = new HttpServerOptions()
                .setAcceptBacklog(BACKLOG)
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxInitialLineLength(LONGEST_URL)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setMaxWebSocketFrameSize(settings.maxBodyBytes())
                .setMaxWebSocketMessageSize(settings.maxBodyBytes())
                .setWebSocketSubProtocols(List.of("sluice"));
        FrontSettings.Tls tls = settings.tls();
        if (tls != null) {
            options.setSsl(true)
                    .setUseAlpn(false)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .setCertPath(tls.certificate().toString())
                            .setKeyPath(tls.key().toString()));
        }
        return options;
    }

    private static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(2)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }
}
