package dev.sluice.front;

import dev.sluice.intake.Cancellation;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The WebSockets of the front, and how their requests enter the routes. Thread-safe. */
final class Sockets {
    private static final Duration PING_EVERY = Duration.ofSeconds(30);
    private static final int MOST_MISSED = 2;

    private final Vertx vertx;
    private final Supplier<String> ids;
    private final RouteEntry route;
    private final Duration patience;
    private final BodyMemory memory;
    private final Replies replies;

    /** @param patience how long a client may take in nothing of what it is told */
    Sockets(
            Vertx vertx,
            Supplier<String> ids,
            RouteEntry route,
            Duration patience,
            BodyMemory memory,
            Replies replies) {
        this.vertx = vertx;
        this.ids = ids;
        this.route = route;
        this.patience = patience;
        this.memory = memory;
        this.replies = replies;
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
            long pings = keepAlive(socket);
            new SocketSession(socket, vertx.getOrCreateContext(), caller, this, patience)
                    .open(() -> vertx.cancelTimer(pings));
        });
    }

    void send(SocketMessage message, SocketSession session) {
        String requestId = ids.get();
        Cancellation cancellation = new Cancellation();
        SocketReply reply =
                new SocketReply(message.id(), requestId, session.caller().name(), cancellation, session, replies);
        replies.add(reply);
        session.begun(reply);
        int bytes = message.body().length;
        if (!memory.take(bytes)) {
            reply.failure(BodyMemory.full());
            return;
        }
        FrontCall call =
                new FrontCall(requestId, session.caller(), "POST", message.path(), reply, cancellation, null, false);
        route.send(call, message.body(), () -> memory.giveBack(bytes));
    }

    @Nullable
    SocketReply find(String requestId, Caller caller) {
        return replies.find(requestId, caller);
    }

    /** Whoever answers no ping for a while has gone; returns the timer. */
    private long keepAlive(ServerWebSocket socket) {
        int[] missed = {0};
        socket.pongHandler(pong -> missed[0] = 0);
        socket.frameHandler(frame -> missed[0] = 0);
        return vertx.setPeriodic(PING_EVERY.toMillis(), ping -> {
            if (missed[0]++ >= MOST_MISSED) {
                socket.close();
            } else {
                socket.writePing(Buffer.buffer("sluice"));
            }
        });
    }
}
