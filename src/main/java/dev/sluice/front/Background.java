package dev.sluice.front;

import dev.sluice.intake.Cancellation;
import dev.sluice.intake.IntakeProperties;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests whose client does not wait ({@code Prefer: respond-async}): such a one is kept on disk, and its client gets 202
 * and the place of the answer. From there it enters the routes when {@link Feed} says so, waits for its slot as long as it
 * takes, and is sent again when it is time if that may succeed, also after a restart; anything else ends as its answer.
 */
public final class Background implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    /** Where what became of a request is told, before its id. */
    static final String PLACE = "/v1/requests/";

    private static final int PRIORITY = 3;

    private final RequestStore store;
    private final int mostPending;
    private final Resend resend;
    private final Feed feed;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private volatile boolean stopping;
    private final Map<String, Cancellation> underWay = new ConcurrentHashMap<>();

    /** Sends a request through the routes again. */
    interface Resend {

        /** @param afterwards runs once, when the body is not used any more */
        void send(FrontCall call, byte[] body, Runnable afterwards);
    }

    /**
     * What requests of the background may take.
     *
     * @param atOnce so many are in the routes
     * @param pending so many are kept that have no answer yet
     * @param memory for their bodies
     */
    record Bounds(int atOnce, int pending, BodyMemory memory) {}

    Background(RequestStore store, Bounds bounds, Resend resend, ScheduledExecutorService timer, Clock clock) {
        this.store = store;
        this.mostPending = bounds.pending();
        this.resend = resend;
        this.feed = new Feed(bounds.atOnce(), bounds.memory(), store::read, this::send, timer);
        this.timer = timer;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws FrontException {
        FrontCall call = FrontCall.of(exchange);
        if (!call.inBackground()) {
            return;
        }
        if (call.reply() instanceof HttpReply client) {
            keep(StoredRequest.of(call, clock.instant(), Body.bytes(exchange.getMessage())));
            client.header("Location", PLACE + call.id());
            client.header("Preference-Applied", "respond-async");
            sendState(client, call.id());
            exchange.setRouteStop(true);
            return;
        }
        exchange.setProperty(IntakeProperties.PRIORITY, PRIORITY);
        exchange.removeProperty(IntakeProperties.PIECES_TO);
        exchange.removeProperty(IntakeProperties.MAX_WAIT_MS);
    }

    /**
     * Sends what an earlier run has left, and forgets what is too old, now and every hour. Before the front is open: what
     * is kept from then on is sent by itself.
     */
    public void start() {
        expire(); // first, or what is listed may be gone when it is looked at
        timer.scheduleWithFixedDelay(this::expire, 1, 1, TimeUnit.HOURS);
        try {
            store.pending().forEach(feed::add);
        } catch (IOException | RuntimeException e) {
            LOG.warn("requests of an earlier run cannot be read: {}", e.toString());
        }
    }

    /** Sluice stops: what fails from now on has not failed, but is left for the next run. */
    public void stop() {
        stopping = true;
        feed.stop();
    }

    /** Requests that have no answer yet. */
    public int pending() {
        return feed.pending();
    }

    RequestStore store() {
        return store;
    }

    /** Ends a request; it has no answer any more. */
    void cancel(String id) throws IOException {
        store.remove(id);
        Cancellation cancellation = underWay.get(id);
        if (cancellation != null) {
            cancellation.cancel();
        }
    }

    static void sendState(HttpReply client, String id) {
        client.header("Retry-After", "1");
        client.send(
                202,
                "application/json",
                Buffer.buffer("{\"id\":\"%s\",\"object\":\"request\",\"status\":\"in_progress\"}".formatted(id)));
    }

    private void keep(StoredRequest request) throws FrontException {
        if (feed.pending() >= mostPending) {
            throw FrontException.notNow(
                    429,
                    "too_many_pending",
                    "%d requests wait to be answered later (rest.async-max-pending)".formatted(mostPending));
        }
        try {
            store.accept(request);
        } catch (IOException e) {
            LOG.warn("request={} cannot be kept to be answered later: {}", request.id(), e.toString());
            throw FrontException.notNow(503, "cannot_write", "the request cannot be kept here; send it without Prefer");
        }
        feed.add(request.id());
    }

    private void send(StoredRequest request, Runnable afterwards) {
        Cancellation cancellation = new Cancellation();
        underWay.put(request.id(), cancellation);
        FrontCall call = new FrontCall(
                request.id(),
                request.from(),
                "POST",
                request.path(),
                new Stored(request),
                cancellation,
                request.idempotencyKey(),
                true);
        resend.send(call, request.body(), () -> {
            underWay.remove(request.id(), cancellation);
            afterwards.run();
        });
    }

    private void expire() {
        try {
            store.expire();
        } catch (IOException | RuntimeException e) {
            LOG.warn("old requests cannot be removed: {}", e.toString());
        }
    }

    /** The answer is kept until somebody asks for it. */
    private final class Stored implements Reply {
        private final StoredRequest request;
        private final AtomicBoolean over = new AtomicBoolean();

        Stored(StoredRequest request) {
            this.request = request;
        }

        @Override
        public void piece(Form form, int attempt, int index, String chunk) {
            // it is the whole answer that is kept
        }

        @Override
        public void answer(Form form, byte[] body) {
            finish(200, body);
        }

        @Override
        public void failure(FrontError error) {
            if (stopping && error.status() >= 500) {
                return;
            }
            Duration wait = error.retryAfter();
            if (wait == null || error.hopeless() || store.isTooOld(request)) {
                finish(error.status(), error.body());
            } else if (over.compareAndSet(false, true)) {
                feed.again(request.id(), wait);
            }
        }

        private void finish(int status, byte[] body) {
            if (!over.compareAndSet(false, true)) {
                return;
            }
            feed.done();
            try {
                store.finish(request, status, body);
            } catch (IOException e) {
                LOG.warn(
                        "request={} its answer cannot be kept, it will be asked for again after a restart: {}",
                        request.id(),
                        e.toString());
            }
        }
    }
}
