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
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests whose client does not wait ({@code Prefer: respond-async}): such a one is kept on disk, its client gets 202 and
 * the place of the answer, and it goes on. It waits for its slot as long as it takes; what may succeed later is sent again
 * when it is time, also after a restart; anything else ends as its answer.
 */
public final class Background implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    private static final String PLACE = "/v1/requests/";
    private static final int PRIORITY = 3;
    private static final long LEAST_WAIT_MS = 1000;

    private final RequestStore store;
    private final Resend resend;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private volatile boolean stopping;
    private final Map<String, Cancellation> underWay = new ConcurrentHashMap<>();

    /** Sends a request through the routes again. */
    interface Resend {
        void send(FrontCall call, byte[] body);
    }

    Background(RequestStore store, Resend resend, ScheduledExecutorService timer, Clock clock) {
        this.store = store;
        this.resend = resend;
        this.timer = timer;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        FrontCall call = FrontCall.of(exchange);
        if (call.inBackground() && call.reply() instanceof HttpReply client) {
            StoredRequest request = StoredRequest.of(call, clock.instant(), Body.bytes(exchange.getMessage()));
            store.accept(request);
            call(request).on(exchange);
            client.header("Location", PLACE + call.id());
            client.header("Preference-Applied", "respond-async");
            sendState(client, call.id());
        }
        FrontCall now = FrontCall.of(exchange);
        if (now.inBackground()) {
            exchange.setProperty(IntakeProperties.CANCEL, now.cancellation());
            exchange.setProperty(IntakeProperties.PRIORITY, PRIORITY);
            exchange.removeProperty(IntakeProperties.PIECES_TO);
            exchange.removeProperty(IntakeProperties.MAX_WAIT_MS);
        }
    }

    /** Sends what an earlier run has left, and forgets what is too old, now and every hour. */
    public void start() {
        timer.scheduleWithFixedDelay(this::expire, 0, 1, TimeUnit.HOURS);
        try {
            for (StoredRequest request : store.pending()) {
                resend.send(call(request), request.body());
            }
        } catch (IOException e) {
            LOG.warn("requests of an earlier run cannot be read: {}", e.toString());
        }
    }

    /** Sluice stops: what fails from now on has not failed, but is left for the next run. */
    public void stop() {
        stopping = true;
    }

    RequestStore store() {
        return store;
    }

    /** Ends a request; it has no answer any more. */
    void cancel(String id) throws IOException {
        store.remove(id);
        Cancellation cancellation = underWay.remove(id);
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

    private FrontCall call(StoredRequest request) {
        Cancellation cancellation = new Cancellation();
        underWay.put(request.id(), cancellation);
        return new FrontCall(
                request.id(),
                request.from(),
                "POST",
                request.path(),
                new Stored(request),
                cancellation,
                System.nanoTime(),
                request.idempotencyKey(),
                true);
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
            } else if (underWay.containsKey(request.id())) {
                timer.schedule(
                        () -> resend.send(call(request), request.body()),
                        Math.max(LEAST_WAIT_MS, wait.toMillis()),
                        TimeUnit.MILLISECONDS);
            }
        }

        private void finish(int status, byte[] body) {
            underWay.remove(request.id());
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
