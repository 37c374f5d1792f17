package dev.sluice.front;

import dev.sluice.admit.WaitTimer;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.redisson.api.RedissonClient;

/**
 * The front as a whole. It listens from the start, and tells clients to come back until {@link #open()}. Routes whose
 * {@code from} is {@code platform-http} are reached through it, all behind the same {@link Door}.
 */
public final class FrontServer implements AutoCloseable {
    private static final int SHARE_OF_HEAP = 4;
    /** What nobody waits for leaves as many places to what somebody does. */
    private static final int SHARE_OF_PLACES = 2;

    private final FrontSettings settings;
    private final Supplier<String> ids;
    private final Executor executor;
    private final Clock clock;
    private final WaitTimer timer = new WaitTimer("front");
    private final Vertx vertx = Port.vertx();
    private final BodyMemory memory = new BodyMemory(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    private final Door door;
    private final Router router;
    private final InHand inHand;
    private final Front front;
    private final Port port;

    private FrontServer(
            FrontSettings settings, Credentials credentials, Supplier<String> ids, Executor executor, Clock clock) {
        this.settings = settings;
        this.ids = ids;
        this.executor = executor;
        this.clock = clock;
        this.door = new Door(settings, credentials, ids);
        this.router = Paths.behind(door, settings.origins(), vertx);
        this.inHand = new InHand(settings.maxInHand(), settings.maxWaiting());
        this.front = new Front(inHand, settings.maxWait(), executor, vertx, clock);
        this.port = new Port(vertx, settings, router);
    }

    /**
     * Starts and blocks until it listens.
     *
     * @param executor where routes run, which may block
     * @throws java.io.UncheckedIOException if it cannot listen, for example because the port is taken
     * @throws IllegalArgumentException if the settings do not fit together
     */
    public static FrontServer start(FrontSettings settings, Supplier<String> ids, Executor executor, Clock clock) {
        Credentials credentials = credentials(settings);
        if (credentials.letAnybodyIn() && !settings.isLoopback()) {
            throw new IllegalArgumentException(
                    ("rest.host=%s lets other machines in, and there are no keys: set rest.api-keys (REST_API_KEYS) or"
                                    + " rest.jwt-jwks, or listen at 127.0.0.1")
                            .formatted(settings.host()));
        }
        FrontServer server = new FrontServer(settings, credentials, ids, executor, clock);
        try {
            server.port.listen();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
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
        Sockets sockets = new Sockets(vertx, ids, entry, settings.requestTimeout(), memory, new Replies(timer));
        router.get("/v1/chat").handler(sockets::open);
    }

    /** Lets files in at {@code POST /v1/files}, which are put into this folder before a route sees the request. */
    public void serveUploads(Path folder, long maxBytes) throws IOException {
        Files.createDirectories(folder);
        Uploads.forgetArriving(folder);
        router.post(Uploads.PATH).handler(new Uploads(folder, maxBytes, settings.requestTimeout()));
    }

    /**
     * Requests whose client does not wait, which are kept in this folder for so long.
     *
     * @param mostPending so many without an answer
     */
    public Background background(CamelContext camel, Path folder, Duration retention, int mostPending) {
        RouteEntry entry = new RouteEntry(camel, "front", front);
        return new Background(
                new RequestStore(folder, retention, clock),
                new Background.Bounds(Math.max(1, settings.maxInHand() / SHARE_OF_PLACES), mostPending, memory),
                entry::send,
                timer,
                clock);
    }

    /** What is answered once, by all nodes that share this Redis. */
    public Processor doOnce(Supplier<Optional<RedissonClient>> redis, Duration retention) {
        return new DoOnce(new OnceInRedis(redis, retention, executor), timer);
    }

    /** What is answered once, by a node that is alone, whose answers are kept in this folder. */
    public Processor doOnce(Path folder, Duration retention) {
        return new DoOnce(new OnceHere(folder, retention, clock), timer);
    }

    /** Makes {@code platform-http} routes of this context listen here. */
    public void serve(CamelContext camel) {
        String name = VertxPlatformHttpRouter.getRouterNameFromPort(port());
        ReadBody body = new ReadBody(settings.maxBodyBytes(), settings.requestTimeout(), memory);
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
        return port.number();
    }

    public int connections() {
        return port.connections();
    }

    public int working() {
        return inHand.working();
    }

    public int waiting() {
        return inHand.waiting();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        timer.shutdownNow(); // last, since connections that close still ask for it
    }
}
