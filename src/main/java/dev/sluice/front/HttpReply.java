package dev.sluice.front;

import dev.sluice.intake.Cancellation;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The response to an HTTP request: JSON, or server-sent events that begin with the first piece. A client that closes its
 * connection before its answer is there cancels its request; so does one that takes in nothing for too long.
 */
final class HttpReply implements Reply {
    private final HttpServerResponse response;
    private final Context context;
    private final Cancellation cancellation;
    private final Outlet outlet;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean expected;
    private boolean begun;

    /**
     * To be made on the event loop.
     *
     * @param patience how long a client may take in nothing of a stream
     */
    HttpReply(HttpServerResponse response, Context context, Cancellation cancellation, Duration patience) {
        this.response = response;
        this.context = context;
        this.cancellation = cancellation;
        this.outlet = new Outlet(response, context, patience);
        response.exceptionHandler(broken -> left());
        response.closeHandler(closed -> left());
    }

    @Override
    public void piece(Form form, int attempt, int index, String chunk) throws IOException {
        if (over.get()) {
            throw new IOException("the client has gone");
        }
        if (!begun) {
            begun = true;
            response.setChunked(true).putHeader("Content-Type", "text/event-stream; charset=utf-8");
        }
        response.write(Buffer.buffer(EventFormat.event(form.api(), chunk)));
        try {
            outlet.awaitRoom();
        } catch (IOException e) {
            left();
            context.runOnContext(now -> response.reset());
            throw e;
        }
    }

    @Override
    public void answer(Form form, byte[] body) {
        if (!form.stream()) {
            send(200, "application/json", Buffer.buffer(body));
        } else if (begun) {
            end(EventFormat.end(form.api()));
        } else { // the upstream did not stream
            String whole = new String(body, StandardCharsets.UTF_8);
            send(
                    200,
                    "text/event-stream; charset=utf-8",
                    Buffer.buffer(WholeAnswer.asEvents(form, whole) + EventFormat.end(form.api())));
        }
    }

    @Override
    public void failure(FrontError error) {
        if (over.get()) {
            return;
        }
        if (begun) {
            end(EventFormat.error(error));
            return;
        }
        String seconds = error.retryAfterSeconds();
        if (seconds != null) {
            response.putHeader("Retry-After", seconds);
        }
        response.putHeader("x-should-retry", String.valueOf(!error.hopeless()));
        send(error.status(), "application/json", Buffer.buffer(error.body()));
    }

    /** Any other answer: of a route of an integrator's own, or one without a body. */
    void send(int status, String contentType, Buffer body) {
        if (over.compareAndSet(false, true)) {
            context.runOnContext(now -> {
                if (!response.closed() && !response.ended()) {
                    if (body.length() > 0) {
                        response.putHeader("Content-Type", contentType);
                    }
                    response.setStatusCode(status).end(body);
                }
            });
        }
    }

    @Override
    public void expect() {
        expected = true;
    }

    /** Whether a route has taken it upon itself to answer. */
    boolean isExpected() {
        return expected;
    }

    @Override
    public void header(String name, String value) {
        response.putHeader(name, value);
    }

    /** A file, which is never in memory as a whole. */
    void send(String contentType, Path file) {
        if (over.compareAndSet(false, true)) {
            context.runOnContext(now -> {
                if (!response.closed() && !response.ended()) {
                    response.putHeader("Content-Type", contentType)
                            .sendFile(file.toAbsolutePath().toString())
                            .onFailure(unreadable -> notSent());
                }
            });
        }
    }

    /** It has been removed meanwhile, or cannot be read to its end: whoever waits for it learns that. */
    private void notSent() {
        if (response.headWritten() || response.closed()) {
            response.close();
            return;
        }
        FrontError error =
                FrontError.unavailable("cannot_read", "the file cannot be read here now; send it again later");
        response.setStatusCode(error.status())
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(error.body()));
    }

    private void end(String lastEvent) {
        if (over.compareAndSet(false, true)) {
            context.runOnContext(now -> {
                if (!response.closed() && !response.ended()) {
                    response.end(lastEvent);
                }
            });
        }
    }

    private void left() {
        outlet.closed();
        if (over.compareAndSet(false, true)) {
            cancellation.cancel();
        }
    }
}
