package dev.sluice.batch;

import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Diagnosis;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import dev.sluice.intake.Secrets;
import dev.sluice.intake.SluiceException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** A line on its way through the routes: it ends once, as an answer or as an error. Thread-safe. */
public final class BatchLine {
    private static final String PROPERTY = "SluiceBatchLine";

    /** What an exception of others says may quote a message, or a key. */
    private static final Secrets OTHERS = new Secrets("");

    private final Endings endings;
    private final long number;
    private final ParsedLine parsed;
    private final long id;
    private final Account.Estimate estimate;
    private final AtomicBoolean ended = new AtomicBoolean();

    BatchLine(Endings endings, long number, ParsedLine parsed, long id) {
        this(endings, number, parsed, id, Account.Estimate.NONE);
    }

    private BatchLine(Endings endings, long number, ParsedLine parsed, long id, Account.Estimate estimate) {
        this.endings = endings;
        this.number = number;
        this.parsed = parsed;
        this.id = id;
        this.estimate = estimate;
    }

    /** The line of an exchange that a batch has sent. */
    static BatchLine of(Exchange exchange) {
        BatchLine line = exchange.getProperty(PROPERTY, BatchLine.class);
        if (line == null) {
            throw new IllegalStateException(
                    "no line of a batch on the exchange; only batches send messages to direct:batch-line");
        }
        return line;
    }

    /** Makes an exchange the message of this line. */
    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
        exchange.setProperty(
                IntakeProperties.MAX_BODY_BYTES, endings.run().settings().maxLineBytes());
        exchange.setProperty(IntakeProperties.DEADLINE, endings.run().bounds().deadline());
        exchange.setProperty(Request.API_PROPERTY, parsed.api());
        exchange.setProperty(IntakeProperties.IDENTITY, endings.run().output().id() + " " + number);
        String tenant = endings.run().settings().origin().tenant();
        if (!tenant.isEmpty()) {
            exchange.setProperty(IntakeProperties.TENANT, tenant);
        }
        exchange.getMessage().setBody(parsed.body());
    }

    /** The same line, to be sent once more. */
    BatchLine again() {
        return new BatchLine(endings, number, parsed, id);
    }

    /** The same line, of which it is known what it may use. */
    BatchLine estimated(Account.Estimate known) {
        return new BatchLine(endings, number, parsed, id, known);
    }

    long number() {
        return number;
    }

    /** @param kept to be told whether the end of the line is on disk; null if nobody is */
    void promises(@Nullable CompletableFuture<Boolean> kept) {
        endings.promises().add(number, kept);
    }

    ParsedLine parsed() {
        return parsed;
    }

    Account.Estimate estimate() {
        return estimate;
    }

    /** Names the line in logs and upstream. */
    String requestId() {
        return endings.run().id() + "-" + number;
    }

    /** Ends it as an error if it is malformed. */
    boolean failsAsItIs() {
        if (parsed.fault() == null) {
            return false;
        }
        fails(0, parsed.fault().code(), String.valueOf(parsed.fault().getMessage()), Use.NONE);
        return true;
    }

    /** Ends it as an error because there is no more time. */
    void expired() {
        if (!failsAsItIs()) {
            fails(
                    0,
                    "batch_expired",
                    "This request could not be executed before the completion window expired.", // as OpenAI says it
                    Use.NONE);
        }
    }

    void answered(String requestId, byte[] answer) {
        if (ended.compareAndSet(false, true)) {
            byte[] json = Results.answer(head(), requestId, answer);
            endings.answered(
                    this,
                    new Ended(number, id, false, json, endings.run().account().used(estimate, answer)));
        }
    }

    /** @param attempts calls that were made; a response was there if there was one and it had a status */
    void failed(Exception failure, int attempts) {
        if (!(failure instanceof SluiceException reason)) {
            if (endings.run().isStopping()) {
                leave();
            } else {
                fails(0, "internal_error", Diagnosis.INTERNAL.after(OTHERS.redact(failure.toString())), Use.NONE);
            }
            return;
        }
        int status = attempts > 0 && reason.status() >= 400 ? reason.status() : 0;
        Optional<Instant> again = reason.retryAt();
        if (failure instanceof CancelledException
                || endings.run().isStopping() && (reason.retryable() || endings.concernsAll(status, reason.code()))) {
            leave();
        } else if (endings.run().isLate() && reason.retryable()) {
            late();
        } else if (again.isPresent()) {
            park(reason, again.get());
        } else {
            // what a call has cost that broke off, nobody says
            Use used = attempts > 0 && status == 0 ? estimate.use() : Use.NONE;
            fails(status, reason.code(), Diagnosis.of(reason).after(String.valueOf(reason.getMessage())), used);
        }
    }

    /** For when the route ended without saying what became of the line. */
    void endedOtherwise(@Nullable Exception failure) {
        failed(
                failure != null
                        ? failure
                        : new IllegalStateException("batch-line.camel.yaml neither answered nor failed the line"),
                0);
    }

    private void fails(int status, String code, String message, Use used) {
        if (ended.compareAndSet(false, true)) {
            byte[] json = status > 0
                    ? Results.refusal(head(), status, requestId(), code, message)
                    : Results.error(head(), number, code, message);
            endings.failed(this, new Ended(number, id, true, json, used), new Endings.Reason(status, code, message));
        }
    }

    private void late() {
        if (endings.run().bounds().expire()) {
            expired();
        } else {
            leave();
        }
    }

    /** It waits, and sets out again as another one. */
    private void park(SluiceException why, Instant until) {
        if (ended.compareAndSet(false, true)) {
            endings.parked(this, why, until);
        }
    }

    /** It is left for the next run. */
    private void leave() {
        if (ended.compareAndSet(false, true)) {
            endings.left(this);
        }
    }

    private Results.Head head() {
        String customId = parsed.customId() != null || parsed.fault() != null
                ? parsed.customId()
                : Long.toString(number); // a cookbook line has none
        return new Results.Head("batch_req_" + requestId(), customId, parsed.metadata());
    }
}
