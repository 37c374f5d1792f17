package dev.sluice.front;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets requests that nobody waits for into the routes, in the order in which they came: so many at once that others find
 * places, too, and as there is memory for their bodies. Those that wait are ids here, and files elsewhere. Thread-safe.
 */
final class Feed {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private final int mostAtOnce;
    private final BodyMemory memory;
    private final Source source;
    private final Sink sink;
    private final ScheduledExecutorService timer;
    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean stopped;
    /** These three are touched on the timer's thread only. */
    private final Deque<String> ids = new ArrayDeque<>();

    private int atOnce;
    private boolean waitsForMemory;

    /** Where requests are kept. */
    interface Source {
        Optional<StoredRequest> read(String id) throws IOException;
    }

    /** Where they go. */
    interface Sink {
        void send(StoredRequest request, Runnable afterwards);
    }

    /** @param timer of one thread */
    Feed(int mostAtOnce, BodyMemory memory, Source source, Sink sink, ScheduledExecutorService timer) {
        this.mostAtOnce = mostAtOnce;
        this.memory = memory;
        this.source = source;
        this.sink = sink;
        this.timer = timer;
    }

    /** A request that has come. */
    void add(String id) {
        pending.incrementAndGet();
        later(Duration.ZERO, () -> enter(id));
    }

    /** A request that is to be sent again, in a second at the earliest. */
    void again(String id, Duration wait) {
        later(wait.compareTo(A_MOMENT) < 0 ? A_MOMENT : wait, () -> enter(id));
    }

    /** A request has its answer. */
    void done() {
        pending.decrementAndGet();
    }

    /** Requests that have come and have no answer. */
    int pending() {
        return pending.get();
    }

    /** Lets nothing in any more. */
    void stop() {
        stopped = true;
    }

    private void enter(String id) {
        ids.add(id);
        if (!waitsForMemory) { // else each that comes would read the first again, to no avail
            feed();
        }
    }

    private void feed() {
        while (!stopped && atOnce < mostAtOnce && !ids.isEmpty()) {
            String id = ids.remove();
            try {
                Optional<StoredRequest> request = source.read(id);
                if (request.isEmpty()) {
                    done(); // it was called off
                } else if (!begins(request.get())) {
                    ids.addFirst(id);
                    awaitMemory();
                    return;
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("request={} of the background cannot be read, it stays where it is: {}", id, e.toString());
                done();
            }
        }
    }

    /** Looks again in a moment; once, however many have come meanwhile. */
    private void awaitMemory() {
        if (!waitsForMemory) {
            waitsForMemory = true;
            later(A_MOMENT, () -> {
                waitsForMemory = false;
                feed();
            });
        }
    }

    private boolean begins(StoredRequest request) {
        int bytes = request.body().length;
        if (!memory.take(bytes)) {
            return false;
        }
        atOnce++;
        sink.send(request, () -> {
            memory.giveBack(bytes);
            later(Duration.ZERO, () -> {
                atOnce--;
                feed();
            });
        });
        return true;
    }

    private void later(Duration wait, Runnable task) {
        try {
            timer.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Sluice has stopped; what is on disk is left for its next run
        }
    }
}
