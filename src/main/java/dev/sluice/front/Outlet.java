package dev.sluice.front;

import io.vertx.core.Context;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    /** A stream has one drain handler, and all that wait share it; touched on the event loop only. */
    private final List<Runnable> waiting = new ArrayList<>();

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
            whenRoom(() -> room.complete(null));
            await(room);
        }
        if (gone.isDone()) {
            throw new IOException("the client has gone");
        }
    }

    /** Runs it on the event loop as soon as there is room for more; never if the client goes before. */
    void whenRoom(Runnable action) {
        context.runOnContext(now -> {
            if (!stream.writeQueueFull()) {
                action.run();
                return;
            }
            if (waiting.isEmpty()) {
                stream.drainHandler(drained -> drained());
            }
            waiting.add(action);
        });
    }

    private void drained() {
        List<Runnable> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(Runnable::run);
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
