package dev.sluice.batch;

import dev.sluice.intake.Diagnosis;
import dev.sluice.intake.Secrets;
import dev.sluice.intake.SluiceException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** A line on its way through the routes: it ends once, as an answer or as an error. Thread-safe. */
public final class BatchLine {
    private static final String PROPERTY = "SluiceBatchLine";

    /** What an exception of others says may quote a message, or a key. */
    private static final Secrets OTHERS = new Secrets("");

    private final Batch batch;
    private final long number;
    private final ParsedLine parsed;
    private final long id;
    private final AtomicBoolean ended = new AtomicBoolean();

    BatchLine(Batch batch, long number, ParsedLine parsed, long id) {
        this.batch = batch;
        this.number = number;
        this.parsed = parsed;
        this.id = id;
    }

    /** The line of an exchange that a batch has sent. */
    static BatchLine of(Exchange exchange) {
        BatchLine line = exchange.getProperty(PROPERTY, BatchLine.class);
        if (line == null) {
            throw new IllegalStateException(
                    "no line of a batch on the exchange; only bin/sluice batch sends messages to direct:batch-line");
        }
        return line;
    }

    /** Makes an exchange the message of this line. */
    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
        exchange.getMessage().setBody(parsed.body());
    }

    /** Names the line in logs and upstream. */
    String requestId() {
        return batch.runId() + "-" + number;
    }

    /** Ends it as an error if it is malformed. */
    boolean failsAsItIs() {
        if (parsed.fault() == null) {
            return false;
        }
        failed(0, parsed.fault().code(), String.valueOf(parsed.fault().getMessage()));
        return true;
    }

    void answered(String requestId, byte[] answer) {
        end(false, "answered", Results.answer(head(), requestId, answer));
    }

    /** @param attempts calls that were made; a response was there if there was one and it had a status */
    void failed(Exception failure, int attempts) {
        if (batch.isStopping() && (!(failure instanceof SluiceException e) || e.retryable())) {
            leave();
        } else if (failure instanceof SluiceException e && e.retryAt().isPresent()) {
            park(e, e.retryAt().get());
        } else if (failure instanceof SluiceException e) {
            failed(
                    attempts > 0 && e.status() >= 400 ? e.status() : 0,
                    e.code(),
                    Diagnosis.of(e).after(String.valueOf(e.getMessage())));
        } else {
            failed(0, "internal_error", Diagnosis.INTERNAL.after(OTHERS.redact(failure.toString())));
        }
    }

    /** For when the route ended without saying what became of the line. */
    void endedOtherwise(@Nullable Exception failure) {
        failed(
                failure != null
                        ? failure
                        : new IllegalStateException("intake-batch.camel.yaml neither answered nor failed the line"),
                0);
    }

    private void failed(int status, String code, String message) {
        end(
                true,
                code,
                status > 0
                        ? Results.refusal(head(), status, requestId(), code, message)
                        : Results.error(head(), number, code, message));
    }

    private void end(boolean failed, String code, byte[] json) {
        if (ended.compareAndSet(false, true)) {
            batch.ended(new Ended(number, id, failed, json), code);
        }
    }

    /** It waits, and sets out again as another one. */
    private void park(SluiceException why, Instant until) {
        if (ended.compareAndSet(false, true)) {
            batch.parked(new BatchLine(batch, number, parsed, id), why, until);
        }
    }

    /** It is left for the next run. */
    void leave() {
        if (ended.compareAndSet(false, true)) {
            batch.left();
        }
    }

    private Results.Head head() {
        String customId = parsed.customId() != null || parsed.fault() != null
                ? parsed.customId()
                : Long.toString(number); // a cookbook line has none
        return new Results.Head("batch_req_" + requestId(), customId, parsed.metadata());
    }
}
