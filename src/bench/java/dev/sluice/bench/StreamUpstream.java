package dev.sluice.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An upstream that streams: a model {@code stream-20-100} answers with 20 chunks, 100 ms apart, the first at once. What a
 * chunk says is when it was sent, in nanoseconds of this machine's monotonic clock, which all its processes share. A
 * program of its own; it prints where it listens.
 */
final class StreamUpstream extends AbstractVerticle {
    private static final Pattern MODEL = Pattern.compile("\"stream-(\\d+)-(\\d+)\"");
    private static final String CHUNK =
            "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
                    + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d \"},\"finish_reason\":null}]}\n\n";
    private static final Buffer END = Buffer.buffer(
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        vertx.deployVerticle(new StreamUpstream()).onFailure(failure -> {
            failure.printStackTrace();
            System.exit(1);
        });
    }

    @Override
    public void start() {
        vertx.createHttpServer(new io.vertx.core.http.HttpServerOptions()
                        .setAcceptBacklog(10_000)
                        .setTcpNoDelay(true))
                .requestHandler(request -> request.body().onSuccess(body -> answer(body, request.response())))
                .listen(0, "127.0.0.1")
                .onSuccess(server -> System.out.println("listens at http://127.0.0.1:" + server.actualPort() + "/v1"));
    }

    private void answer(Buffer body, HttpServerResponse response) {
        Matcher model = MODEL.matcher(body.toString());
        if (!model.find()) {
            response.setStatusCode(400).end();
            return;
        }
        response.putHeader("Content-Type", "text/event-stream").setChunked(true);
        send(response, Integer.parseInt(model.group(1)), Integer.parseInt(model.group(2)));
    }

    private void send(HttpServerResponse response, int left, int delayMs) {
        if (response.closed()) {
            return;
        }
        response.write(CHUNK.formatted(System.nanoTime()));
        if (left == 1) {
            response.end(END);
        } else {
            vertx.setTimer(delayMs, timer -> send(response, left - 1, delayMs));
        }
    }
}
