package dev.sluice.sandbox;

import io.netty.channel.ChannelOption;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.Map;

/** Plays a script to one client, by timers: a call that waits costs no thread. Lives on its connection's event loop. */
final class Playback {
    private static final int BATCH_BYTES = 16 * 1024;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Script script;
    private final Behaviours.Pace pace;
    private final Ledger.Open call;
    private boolean over;

    Playback(Vertx vertx, HttpServerRequest request, Script script, Behaviours.Pace pace, Ledger.Open call) {
        this.vertx = vertx;
        this.request = request;
        this.response = request.response();
        this.script = script;
        this.pace = pace;
        this.call = call;
    }

    /** @param headers what the answer carries besides the script's own */
    void start(Map<String, String> headers) {
        response.closeHandler(gone -> end(true));
        response.exceptionHandler(broken -> end(true));
        later(pace.latency().toMillis(), () -> begin(headers));
    }

    private void begin(Map<String, String> headers) {
        if (script.status() > 0) {
            write(response, script, headers);
            playOn();
        } else {
            finish();
        }
    }

    /** Status and headers; nothing is sent before the first part. */
    static void write(HttpServerResponse response, Script script, Map<String, String> headers) {
        response.setStatusCode(script.status()).putHeader("Content-Type", script.contentType());
        headers.forEach(response::putHeader);
        script.headers().forEach(response::putHeader);
        if (script.length() < 0) {
            response.setChunked(true);
        } else if (script.status() != 204 && script.status() != 304) {
            response.putHeader("Content-Length", Long.toString(script.length()));
        }
    }

    private void playOn() {
        if (script.length() >= 0 && script.ending() == Script.Ending.COMPLETE) {
            Buffer body = script.parts().next();
            end(false);
            response.end(body);
            return;
        }
        boolean goOn = true;
        while (goOn && !over) {
            response.write(nextParts());
            goOn = !pauses();
        }
    }

    /** Whether it is not yet, or no more, time for the next part; if not yet, sees to it that it will come. */
    private boolean pauses() {
        if (!script.parts().hasNext()) {
            finish();
            return true;
        }
        if (response.writeQueueFull()) {
            response.drainHandler(drained -> {
                response.drainHandler(null);
                playOn();
            });
            return true;
        }
        if (!pace.chunkDelay().isZero()) {
            later(pace.chunkDelay().toMillis(), this::playOn);
            return true;
        }
        return false;
    }

    /** One part; without a delay between them, as many as make a decent packet. */
    private Buffer nextParts() {
        Buffer first = script.parts().next();
        if (!pace.chunkDelay().isZero() || !script.parts().hasNext()) {
            return first;
        }
        Buffer batch = first.copy();
        while (script.parts().hasNext() && batch.length() < BATCH_BYTES) {
            batch.appendBuffer(script.parts().next());
        }
        return batch;
    }

    private void finish() {
        switch (script.ending()) {
            case COMPLETE -> {
                end(false);
                response.end();
            }
            case CLOSE -> {
                end(false);
                request.connection().close();
            }
            case RESET -> {
                end(false);
                // A plain close is a FIN, which a client may take for an end; lingering for 0 s makes it a reset.
                ((HttpServerConnection) request.connection()).channel().config().setOption(ChannelOption.SO_LINGER, 0);
                request.connection().close();
            }
            case HANG -> {}
        }
    }

    private void later(long delayMs, Runnable step) {
        if (delayMs == 0) {
            step.run();
        } else {
            vertx.setTimer(delayMs, timer -> {
                if (!over) {
                    step.run();
                }
            });
        }
    }

    private void end(boolean byClient) {
        if (!over) {
            over = true;
            call.end(response.headWritten() || !byClient ? script.status() : 0, byClient);
        }
    }
}
