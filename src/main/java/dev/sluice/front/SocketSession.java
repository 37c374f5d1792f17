package dev.sluice.front;

import io.vertx.core.Context;
import io.vertx.core.http.ServerWebSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One WebSocket: several requests at once, each under the id that its client gave it. */
final class SocketSession {
    private static final int MOST_IN_FLIGHT = 100;

    private final ServerWebSocket socket;
    private final Caller caller;
    private final Sockets sockets;
    private final Outlet outlet;
    private final Map<String, SocketReply> inFlight = new ConcurrentHashMap<>();

    SocketSession(ServerWebSocket socket, Context context, Caller caller, Sockets sockets, Duration patience) {
        this.socket = socket;
        this.caller = caller;
        this.sockets = sockets;
        this.outlet = new Outlet(socket, context, patience);
    }

    Caller caller() {
        return caller;
    }

    /** @param closed runs once, when the connection has closed */
    void open(Runnable closed) {
        socket.textMessageHandler(this::said);
        socket.binaryMessageHandler(bytes -> sayError("", "messages must be text"));
        socket.exceptionHandler(broken -> socket.close());
        socket.closeHandler(end -> {
            outlet.closed();
            inFlight.values().forEach(reply -> reply.detach(this));
            closed.run();
        });
    }

    void send(String message) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(message);
        }
    }

    void awaitRoom() throws IOException {
        try {
            outlet.awaitRoom();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    void begun(SocketReply reply) {
        inFlight.put(reply.id(), reply);
        send("{\"id\":%s,\"requestId\":\"%s\",\"kind\":\"accepted\"}"
                .formatted(SocketReply.quoted(reply.id()), reply.requestId()));
    }

    void ended(SocketReply reply) {
        inFlight.remove(reply.id(), reply);
    }

    private void said(String text) {
        try {
            hear(SocketMessage.parse(text));
        } catch (SocketMessage.NonsenseException e) {
            sayError("", String.valueOf(e.getMessage()));
        }
        if (socket.writeQueueFull()) { // who does not read what it is told is not listened to
            socket.pause();
            outlet.whenRoom(socket::resume);
        }
    }

    private void hear(SocketMessage message) {
        switch (message.type()) {
            case "request" -> request(message);
            case "cancel" -> cancel(message.id());
            case "resume" -> resume(message);
            case "ping" -> send("{\"kind\":\"pong\",\"id\":%s}".formatted(SocketReply.quoted(message.id())));
            default -> sayError(message.id(), "type must be request, cancel, resume or ping");
        }
    }

    private void request(SocketMessage message) {
        if (message.id().isEmpty()) {
            sayError("", "a request needs an id");
        } else if (mayBegin(message.id())) {
            sockets.send(message, this);
        }
    }

    private boolean mayBegin(String id) {
        if (inFlight.containsKey(id)) {
            sayError(id, "a request with this id is under way");
            return false;
        }
        if (inFlight.size() >= MOST_IN_FLIGHT) {
            sayError(id, "more than %d requests are under way here".formatted(MOST_IN_FLIGHT));
            return false;
        }
        return true;
    }

    private void cancel(String id) {
        SocketReply reply = inFlight.get(id);
        if (reply == null) {
            sayError(id, "no request with this id is under way");
        } else {
            reply.cancel();
        }
    }

    private void resume(SocketMessage message) {
        SocketReply reply = sockets.find(message.requestId(), caller);
        if (reply != null && !mayBegin(reply.id())) {
            return;
        }
        if (reply != null) {
            inFlight.put(reply.id(), reply); // before, since it may end meanwhile
        }
        if (reply == null || !reply.resume(this, message.from())) {
            sayError(message.id(), "there is nothing to resume from there: wrong requestId, too long ago, or too much");
        }
        if (reply != null && !reply.isUnderWay(this)) {
            ended(reply);
        }
    }

    private void sayError(String id, String what) {
        FrontError error = FrontError.wrong(400, "bad_message", what);
        send("{\"id\":%s,\"kind\":\"error\",\"status\":400,\"error\":%s}"
                .formatted(SocketReply.quoted(id), error.json().get("error")));
    }
}
