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
    private final Replies replies;
    private final Deque<String> kept = new ArrayDeque<>();
    private @Nullable SocketSession session;
    private int keptBytes;
    private int firstKept;
    private int next;
    private int attempt = 1;
    private boolean streamed;
    private boolean ended;

    /** @param session the connection that it goes to; null: none, for now */
    SocketReply(
            String id,
            String requestId,
            String caller,
            Cancellation cancellation,
            @Nullable SocketSession session,
            Replies replies) {
        this.id = id;
        this.requestId = requestId;
        this.caller = caller;
        this.cancellation = cancellation;
        this.session = session;
        this.replies = replies;
    }

    String id() {
        return id;
    }

    String requestId() {
        return requestId;
    }

    boolean isOf(Caller other) {
        return caller.equals(other.name());
    }

    /** Whether more will be said over this connection. */
    synchronized boolean isUnderWay(SocketSession over) {
        return !ended && session == over;
    }

    @Override
    public void piece(Form form, int number, int index, String chunk) throws IOException {
        synchronized (this) {
            attempt = number;
            streamed = true;
        }
        say("piece", ",\"chunk\":" + chunk, false);
    }

    @Override
    public void answer(Form form, byte[] body) {
        boolean whole;
        synchronized (this) {
            whole = !streamed; // not every upstream streams when it is asked to
        }
        end("end", whole ? ",\"answer\":" + new String(body, StandardCharsets.UTF_8) : "");
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
    void detach(SocketSession closed) {
        synchronized (this) {
            if (session != closed) {
                return;
            }
            session = null;
        }
        replies.leaves(this);
    }

    /** Says everything again from an index on, over another connection; false if that is not kept any more. */
    boolean resume(SocketSession other, int from) {
        synchronized (this) {
            if (from < firstKept || from > next) {
                return false;
            }
            if (session != null && session != other) {
                session.ended(this); // it is under way there, now
            }
            session = other;
            int index = firstKept;
            for (String message : kept) {
                if (index++ >= from) {
                    other.send(message);
                }
            }
            if (ended) {
                return true;
            }
            replies.stays(this); // not after its end, which has it forgotten in a minute
        }
        return true;
    }

    /** Forgets what it has kept. */
    synchronized void forget() {
        replies.keeps(-keptBytes);
        kept.clear();
        keptBytes = 0;
        firstKept = next;
    }

    private void end(String kind, String fields) {
        try {
            say(kind, fields, true);
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
        replies.leaves(this);
    }

    private void say(String kind, String fields, boolean last) throws IOException {
        SocketSession to;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = last;
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
        while (!kept.isEmpty() && (keptBytes + bytes > MOST_KEPT_BYTES || !replies.hasRoomFor(bytes))) {
            if (session == null) {
                forget(); // without its middle the rest is of no use, but the end has to fit
                throw new IOException("the client has gone, and more than can be kept for it came");
            }
            int freed = 2 * kept.remove().length();
            keptBytes -= freed;
            replies.keeps(-freed);
            firstKept++;
        }
        if (bytes <= MOST_KEPT_BYTES && replies.hasRoomFor(bytes)) {
            kept.add(message);
            keptBytes += bytes;
            replies.keeps(bytes);
        } else {
            firstKept = next;
        }
    }

    static String quoted(String text) {
        return JsonNodeFactory.instance.textNode(text).toString();
    }
}
