package dev.sluice.front;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The replies over WebSockets that a client can come back for: those under way, and for a minute each that has ended. One
 * whose connection broke is under way for a minute more; if its client is not back by then, its request is cancelled. What
 * all of them keep is at most {@value #MOST_KEPT_BYTES} bytes. Thread-safe.
 */
final class Replies {
    private static final Duration COME_BACK_WITHIN = Duration.ofSeconds(60);
    private static final long MOST_KEPT_BYTES = 64 * 1024 * 1024;

    private final ScheduledExecutorService timer;
    private final Map<String, SocketReply> replies = new ConcurrentHashMap<>();
    private final Map<SocketReply, Future<?>> leaving = new ConcurrentHashMap<>();
    private final AtomicLong keptBytes = new AtomicLong();

    Replies(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    void add(SocketReply reply) {
        replies.put(reply.requestId(), reply);
    }

    /** A caller's reply; null if there is none, or none of that caller. */
    @Nullable
    SocketReply find(String requestId, Caller caller) {
        SocketReply reply = replies.get(requestId);
        return reply != null && reply.isOf(caller) ? reply : null;
    }

    /** It has ended, or its connection has broken: it is forgotten in a minute from now, whatever was said before. */
    void leaves(SocketReply reply) {
        try {
            replace(reply, timer.schedule(() -> forget(reply), COME_BACK_WITHIN.toMillis(), TimeUnit.MILLISECONDS));
        } catch (RejectedExecutionException e) {
            forget(reply); // Sluice stops
        }
    }

    /** Its client is back. */
    void stays(SocketReply reply) {
        replace(reply, null);
    }

    boolean hasRoomFor(int bytes) {
        return keptBytes.get() + bytes <= MOST_KEPT_BYTES;
    }

    void keeps(int moreBytes) {
        keptBytes.addAndGet(moreBytes);
    }

    private void replace(SocketReply reply, @Nullable Future<?> end) {
        Future<?> earlier = end == null ? leaving.remove(reply) : leaving.put(reply, end);
        if (earlier != null) {
            earlier.cancel(false);
        }
    }

    private void forget(SocketReply reply) {
        leaving.remove(reply);
        replies.remove(reply.requestId());
        reply.cancel();
        reply.forget();
    }
}
