package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An upstream that streams: a model {@code stream-20-100} answers with 20 chunks, 100 ms apart, the first at once. What a
 * chunk says is when it was sent, in nanoseconds of this machine's monotonic clock, which all its processes share. A
 * program of its own; it prints where it listens.
 */
final class StreamUpstream extends AbstractVerticle {
    private static final Pattern LISTENS = Pattern.compile("listens at (http://\\S+)");
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Pattern MODEL = Pattern.compile("\"stream-(\\d+)-(\\d+)\"");
    private static final String CHUNK =
            "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
                    + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d \"},\"finish_reason\":null}]}\n\n";
    private static final Buffer END = Buffer.buffer(
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");

    /** Starts it as a process of its own. */
    static Running start(Lab lab) throws IOException, InterruptedException {
        Child child = lab.java("upstream", lab.folder("upstream"), StreamUpstream.class);
        Await.until(
                "the upstream to listen",
                STARTS_WITHIN,
                () -> LISTENS.matcher(child.log()).find(),
                child);
        Matcher listens = LISTENS.matcher(child.log());
        return new Running(child, listens.find() ? listens.group(1) : "");
    }

    /** @param url its base, ending in /v1 */
    record Running(Child child, String url) {}

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        vertx.deployVerticle(new StreamUpstream()).onFailure(failure -> {
            System.err.println("the upstream cannot listen: " + failure);
            System.exit(1);
        });
    }

    @Override
    public void start(Promise<Void> listens) {
        HttpServerOptions options =
                new HttpServerOptions().setAcceptBacklog(10_000).setTcpNoDelay(true);
        vertx.createHttpServer(options)
                .requestHandler(request -> request.body().onSuccess(body -> answer(body, request.response())))
                .listen(0, "127.0.0.1")
                .onSuccess(server -> System.out.println("listens at http://127.0.0.1:" + server.actualPort() + "/v1"))
                .<Void>mapEmpty()
                .onComplete(listens);
    }

    private void answer(Buffer body, HttpServerResponse response) {
        Matcher model = MODEL.matcher(body.toString());
        if (!model.find()) {
            response.setStatusCode(400).end();
            return;
        }
        response.putHeader("Content-Type", "text/event-stream").setChunked(true);
        send(response, System.nanoTime(), 0, Integer.parseInt(model.group(1)), Integer.parseInt(model.group(2)));
    }

    /** Each chunk at its time, however late the one before was. */
    private void send(HttpServerResponse response, long startNanos, int sent, int chunks, int delayMs) {
        if (response.closed()) {
            return;
        }
        response.write(CHUNK.formatted(System.nanoTime()));
        int next = sent + 1;
        if (next == chunks) {
            response.end(END);
        } else {
            long ms = next * (long) delayMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            vertx.setTimer(Math.max(1, ms), timer -> send(response, startNanos, next, chunks, delayMs));
        }
    }
}
