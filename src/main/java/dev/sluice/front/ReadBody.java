package dev.sluice.front;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request, up to a size, within a time, and while there is memory for it. What is too large is
 * answered at once and read on to its end, since a client that is still sending would miss the answer otherwise.
 */
final class ReadBody implements Handler<RoutingContext> {
    private static final String BODY = "sluice.body";
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
    private static final byte[] NONE = new byte[0];

    private final int maxBytes;
    private final Duration timeout;
    private final BodyMemory memory;

    ReadBody(int maxBytes, Duration timeout, BodyMemory memory) {
        this.maxBytes = maxBytes;
        this.timeout = timeout;
        this.memory = memory;
    }

    /** A body on its way. */
    private static final class Arriving {
        private Buffer body = Buffer.buffer();
        private boolean refused;
    }

    /** The body of a request; empty if it had none. */
    static byte[] of(RoutingContext ctx) {
        Buffer body = ctx.get(BODY);
        return body == null ? NONE : body.getBytes();
    }

    /** Says what the body of a request is to be, for one that was read before. */
    static void is(RoutingContext ctx, Buffer body) {
        ctx.put(BODY, body);
    }

    @Override
    public void handle(RoutingContext ctx) {
        if (ctx.get(BODY) != null) {
            ctx.next();
            return;
        }
        HttpServerRequest request = ctx.request();
        Arriving arriving = new Arriving();
        long timer = ctx.vertx().setTimer(timeout.toMillis(), late -> {
            arriving.refused = true;
            Door.refuse(ctx, slow(timeout));
            request.connection().close();
        });
        ctx.addEndHandler(end -> {
            memory.giveBack(arriving.body.length());
            arriving.body = Buffer.buffer(); // the rest of a refused one may be read for long
        });
        request.handler(part -> {
            FrontError reason = arriving.refused ? null : refusal(arriving.body.length(), part.length());
            if (reason != null) {
                arriving.refused = true;
                Door.refuse(ctx, reason);
            } else if (!arriving.refused) {
                arriving.body.appendBuffer(part);
            }
        });
        request.endHandler(end -> {
            ctx.vertx().cancelTimer(timer);
            if (!arriving.refused) {
                ctx.put(BODY, arriving.body);
                ctx.next();
            }
        });
        request.exceptionHandler(broken -> ctx.vertx().cancelTimer(timer));
        if (declared(request) > maxBytes) {
            arriving.refused = true;
            Door.refuse(ctx, tooLarge());
        }
        request.resume();
    }

    /** Why it cannot be taken; null if it is. */
    private @Nullable FrontError refusal(int had, int more) {
        if (more > maxBytes - had) {
            return tooLarge();
        }
        return memory.take(more) ? null : BodyMemory.full();
    }

    private FrontError tooLarge() {
        return FrontError.wrong(
                413,
                "request_too_large",
                "the body is longer than %d bytes (rest.max-body-bytes); shorten it".formatted(maxBytes));
    }

    /** What a client is told that is too slow. */
    static FrontError slow(Duration timeout) {
        return FrontError.wrong(
                408, "request_timeout", "the request was not there within %d ms".formatted(timeout.toMillis()));
    }

    /** How long the client says that it is; 0 if it does not say. */
    private static long declared(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && LENGTH.matcher(length).matches() ? Long.parseLong(length) : 0;
    }
}
