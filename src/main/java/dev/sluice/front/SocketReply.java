package dev.sluice.front;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sluice.intake.Cancellation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The messages that go back for one request over a WebSocket, numbered from 0. The last of them are kept, so that a client
 * whose connection broke can have them again from another; meanwhile the request goes on as long as they fit. Thread-safe.
 */
final class SocketReply implements Reply {
    private static final int MOST_KEPT_BYTES = 256 * 1024;

    private final String id;
    private final String requestId;
    private final String caller;
    private final Cancellation cancellation;
    private final Sockets sockets;
    private final Deque<String> kept = new ArrayDeque<>();
    private @Nullable SocketSession session;
    private int keptBytes;
    private int firstKept;
    private int next;
    private boolean over;

    SocketReply(
            String id,
            String requestId,
            String caller,
            Cancellation cancellation,
            SocketSession session,
            Sockets sockets) {
        this.id = id;
        this.requestId = requestId;
        this.caller = caller;
        this.cancellation = cancellation;
        this.session = session;
        this.sockets = sockets;
    }

    String id() {
        return id;
    }

    boolean isOf(Caller other) {
        return caller.equals(other.name());
    }

    synchronized boolean isOver() {
        return over;
    }

    synchronized boolean isAttached() {
        return session != null;
    }

    @Override
    public void piece(Form form, int attempt, int index, String chunk) throws IOException {
        say(attempt, "piece", ",\"chunk\":" + chunk.replaceAll("[\\r\\n]+", " "), false);
    }

    @Override
    public void answer(Form form, byte[] body) {
        end(
                "end",
                form.stream()
                        ? ""
                        : ",\"answer\":" + new String(body, StandardCharsets.UTF_8).replaceAll("[\\r\\n]+", " "));
    }

    @Override
    public void failure(FrontError error) {
        String seconds = error.retryAfterSeconds();
        end(
                "error",
                ",\"status\":%d,\"error\":%s%s"
                        .formatted(
                                error.status(),
                                error.json().get("error"),
                                seconds == null ? "" : ",\"retryAfter\":" + seconds));
    }

    void cancel() {
        cancellation.cancel();
    }

    /** Its connection has closed. */
    synchronized void detach(SocketSession closed) {
        if (session == closed) {
            session = null;
        }
    }

    /** Says everything again from an index on; false if that is not kept any more. */
    synchronized boolean resume(SocketSession other, int from) {
        if (from < firstKept || from > next) {
            return false;
        }
        session = other;
        int index = firstKept;
        for (String message : kept) {
            if (index++ >= from) {
                other.send(message);
            }
        }
        return true;
    }

    /** Forgets what it has kept. */
    synchronized void forget() {
        sockets.keeps(-keptBytes);
        kept.clear();
        keptBytes = 0;
        firstKept = next;
    }

    private void end(String kind, String fields) {
        try {
            say(1, kind, fields, true);
        } catch (IOException e) {
            // kept, or nobody wants it
        }
        SocketSession to;
        synchronized (this) {
            to = session;
        }
        if (to != null) {
            to.ended(this);
        }
        sockets.ended(this);
    }

    private void say(int attempt, String kind, String fields, boolean last) throws IOException {
        SocketSession to;
        synchronized (this) {
            if (over) {
                return;
            }
            over = last;
            String message = "{\"id\":%s,\"requestId\":\"%s\",\"attempt\":%d,\"index\":%d,\"kind\":\"%s\"%s}"
                    .formatted(quoted(id), requestId, attempt, next++, kind, fields);
            keep(message);
            to = session;
            if (to != null) {
                to.send(message);
            }
        }
        if (to != null && !last) {
            to.awaitRoom();
        }
    }

    /** The oldest go first, unless nobody has them yet. */
    private void keep(String message) throws IOException {
        int bytes = 2 * message.length();
        while (!kept.isEmpty() && (keptBytes + bytes > MOST_KEPT_BYTES || !sockets.hasRoomFor(bytes))) {
            if (session == null) {
                throw new IOException("the client has gone, and more than can be kept for it came");
            }
            int freed = 2 * kept.remove().length();
            keptBytes -= freed;
            sockets.keeps(-freed);
            firstKept++;
        }
        if (bytes <= MOST_KEPT_BYTES && sockets.hasRoomFor(bytes)) {
            kept.add(message);
            keptBytes += bytes;
            sockets.keeps(bytes);
        } else {
            firstKept = next;
        }
    }

    static String quoted(String text) {
        return JsonNodeFactory.instance.textNode(text).toString();
    }
}
