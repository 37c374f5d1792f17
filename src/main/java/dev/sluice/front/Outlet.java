package dev.sluice.front;

import io.vertx.core.Context;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Makes threads that write to a connection wait while its client takes in nothing. Thread-safe. */
final class Outlet {
    private final WriteStream<?> stream;
    private final Context context;
    private final Duration patience;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** @param patience how long a client may take in nothing */
    Outlet(WriteStream<?> stream, Context context, Duration patience) {
        this.stream = stream;
        this.context = context;
        this.patience = patience;
    }

    /** The connection is closed: nobody waits any more. */
    void closed() {
        gone.complete(null);
    }

    /**
     * Waits until there is room for more.
     *
     * @throws IOException if the client has gone, or takes in nothing for too long
     */
    void awaitRoom() throws IOException {
        if (stream.writeQueueFull() && !gone.isDone()) {
            CompletableFuture<Void> room = new CompletableFuture<>();
            context.runOnContext(now -> {
                if (gone.isDone() || !stream.writeQueueFull()) {
                    room.complete(null);
                } else {
                    stream.drainHandler(drained -> room.complete(null));
                }
            });
            await(room);
        }
        if (gone.isDone()) {
            throw new IOException("the client has gone");
        }
    }

    private void await(CompletableFuture<Void> room) throws IOException {
        try {
            CompletableFuture.anyOf(room, gone).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a client took in nothing", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the client takes in nothing", e);
        }
    }
}
