package dev.sluice.front;

import dev.sluice.intake.Cancellation;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The WebSockets of the front, and what is kept for a minute for those that broke: at most {@value #MOST_KEPT_BYTES} bytes in
 * all. A request whose client does not come back in that time is cancelled. Thread-safe.
 */
final class Sockets {
    private static final Duration COME_BACK_WITHIN = Duration.ofSeconds(60);
    private static final long MOST_KEPT_BYTES = 64 * 1024 * 1024;
    private static final Duration PING_EVERY = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Supplier<String> ids;
    private final RouteEntry route;
    private final Duration patience;
    private final Map<String, SocketReply> replies = new ConcurrentHashMap<>();
    private final AtomicLong keptBytes = new AtomicLong();

    Sockets(Vertx vertx, Supplier<String> ids, RouteEntry route, Duration patience) {
        this.vertx = vertx;
        this.ids = ids;
        this.route = route;
        this.patience = patience;
    }

    /** Makes a request that has passed the door a WebSocket. */
    void open(RoutingContext ctx) {
        if (!"websocket".equalsIgnoreCase(ctx.request().getHeader("Upgrade"))) {
            ctx.response().putHeader("Upgrade", "websocket");
            Door.refuse(ctx, FrontError.wrong(426, "upgrade_required", "this is for WebSockets; see docs/rest.md"));
            return;
        }
        Caller caller = Door.caller(ctx);
        HttpServerConnection connection = (HttpServerConnection) ctx.request().connection();
        ctx.request().toWebSocket().onSuccess(socket -> {
            if (connection.channel().pipeline().get(SlowRequests.NAME) != null) {
                connection.channel().pipeline().remove(SlowRequests.NAME);
            }
            keepAlive(socket);
            new SocketSession(socket, vertx.getOrCreateContext(), caller, this, patience).open();
        });
    }

    /** @param begun is told before the request is sent */
    void send(SocketMessage message, SocketSession session, Consumer<SocketReply> begun) {
        String requestId = ids.get();
        Cancellation cancellation = new Cancellation();
        SocketReply reply =
                new SocketReply(message.id(), requestId, session.caller().name(), cancellation, session, this);
        replies.put(requestId, reply);
        begun.accept(reply);
        FrontCall call = new FrontCall(
                requestId,
                session.caller(),
                "POST",
                message.path(),
                reply,
                cancellation,
                System.nanoTime(),
                null,
                false);
        route.send(call, message.body());
    }

    @Nullable
    SocketReply find(String requestId, Caller caller) {
        SocketReply reply = replies.get(requestId);
        return reply != null && reply.isOf(caller) ? reply : null;
    }

    void detached(SocketReply reply, SocketSession session) {
        reply.detach(session);
        later(reply);
    }

    void ended(SocketReply reply) {
        later(reply);
    }

    boolean hasRoomFor(int bytes) {
        return keptBytes.get() + bytes <= MOST_KEPT_BYTES;
    }

    void keeps(int moreBytes) {
        keptBytes.addAndGet(moreBytes);
    }

    /** In a minute, unless its client has come back and waits for more. */
    private void later(SocketReply reply) {
        vertx.setTimer(COME_BACK_WITHIN.toMillis(), minute -> {
            if (reply.isOver() || !reply.isAttached()) {
                replies.values().remove(reply);
                reply.cancel();
                reply.forget();
            }
        });
    }

    private void keepAlive(ServerWebSocket socket) {
        long[] silent = {0};
        socket.pongHandler(pong -> silent[0] = 0);
        long timer = vertx.setPeriodic(PING_EVERY.toMillis(), ping -> {
            if (silent[0]++ >= 2) {
                socket.close();
            } else {
                socket.writePing(Buffer.buffer("sluice"));
            }
        });
        socket.endHandler(end -> vertx.cancelTimer(timer));
        socket.frameHandler(frame -> silent[0] = 0);
    }
}
