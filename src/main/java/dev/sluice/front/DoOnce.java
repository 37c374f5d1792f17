package dev.sluice.front;

import dev.sluice.intake.Api;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request with an {@code Idempotency-Key} is answered once: the same key with the same body gets the same answer without
 * another call, for as long as answers are kept; with another body it is refused (422), and so is one whose first is not
 * answered yet (409, come back in a second). What ended in an error is not kept. Without a key, nothing happens.
 *
 * <p>Keys of different callers and of different paths are different. While Redis is away such a request is refused (503):
 * nobody could say whether it was done.
 */
public final class DoOnce extends AsyncProcessorSupport {
    private static final Logger LOG = LoggerFactory.getLogger(DoOnce.class);
    private static final int LONGEST_KEY = 255;

    private final Once once;
    private final ScheduledExecutorService timer;

    DoOnce(Once once, ScheduledExecutorService timer) {
        this.once = once;
        this.timer = timer;
        timer.scheduleWithFixedDelay(this::expire, 1, 1, TimeUnit.HOURS);
    }

    private void expire() {
        try {
            once.expire();
        } catch (IOException | RuntimeException e) {
            LOG.warn("old answers under an Idempotency-Key cannot be removed: {}", e.toString());
        }
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        FrontCall call = FrontCall.of(exchange);
        String key = call.idempotencyKey();
        if (key == null) {
            callback.done(true);
            return true;
        }
        if (key.isBlank() || key.length() > LONGEST_KEY) {
            exchange.setException(new InvalidMessageException(
                    "invalid_idempotency_key", "Idempotency-Key must have 1 to %d characters".formatted(LONGEST_KEY)));
            callback.done(true);
            return true;
        }
        String name = hash((call.caller().name() + '\n' + call.path() + '\n' + key).getBytes(StandardCharsets.UTF_8));
        Once.Claim claim = new Once.Claim(name, hash(Body.bytes(exchange.getMessage())), call.id());
        once.claim(claim).whenComplete((known, failure) -> {
            try {
                if (failure != null || known == null) {
                    exchange.setException(FrontException.notNow(
                            503, "idempotency_unavailable", "whether this was done before cannot be told now"));
                } else {
                    known.ifPresentOrElse(
                            before -> again(exchange, call, claim.bodyHash(), before),
                            () -> first(exchange, call, claim));
                }
            } catch (RuntimeException e) { // nobody else would see it
                exchange.setException(e);
            } finally {
                callback.done(false);
            }
        });
        return false;
    }

    private static void again(Exchange exchange, FrontCall call, String bodyHash, Once.Known before) {
        String answer = before.answer();
        if (!MessageDigest.isEqual(
                before.bodyHash().getBytes(StandardCharsets.UTF_8), bodyHash.getBytes(StandardCharsets.UTF_8))) {
            exchange.setException(FrontException.never(
                    422,
                    "idempotency_key_reused",
                    "this Idempotency-Key came with another body before; choose another"));
        } else if (answer == null) {
            exchange.setException(FrontException.notNow(
                    409, "idempotency_key_in_use", "the first request with this Idempotency-Key is not answered yet"));
        } else {
            call.reply().header("Idempotent-Replayed", "true");
            call.reply().answer(form(exchange, answer), answer.substring(1).getBytes(StandardCharsets.UTF_8));
            exchange.setRouteStop(true);
        }
    }

    private void first(Exchange exchange, FrontCall call, Once.Claim claim) {
        long third = Once.LEASE.toMillis() / 3;
        var renewal = timer.scheduleWithFixedDelay(() -> once.renew(claim), third, third, TimeUnit.MILLISECONDS);
        call.with(new Keeping(call, claim, () -> renewal.cancel(false))).on(exchange);
    }

    /** An answer is kept behind a letter that says in which form it was wanted: the same body wants the same. */
    private static Form form(Exchange exchange, String kept) {
        Api api = Objects.requireNonNullElse(exchange.getProperty(Request.API_PROPERTY, Api.class), Api.CHAT);
        return new Form(api, kept.charAt(0) != 'j', kept.charAt(0) == 'u');
    }

    private static String kept(Form form, byte[] body) {
        return (form.stream() ? form.usage() ? "u" : "s" : "j") + new String(body, StandardCharsets.UTF_8);
    }

    private static String hash(byte[] bytes) {
        return HexFormat.of().formatHex(ApiKeys.sha256(bytes));
    }

    /** Keeps the answer before the client has it. */
    private final class Keeping implements Reply {
        private final String requestId;
        private final Reply reply;
        private final Once.Claim claim;
        private final Runnable ended;

        Keeping(FrontCall call, Once.Claim claim, Runnable ended) {
            this.requestId = call.id();
            this.reply = call.reply();
            this.claim = claim;
            this.ended = ended;
        }

        @Override
        public void piece(Form form, int attempt, int index, String chunk) throws IOException {
            reply.piece(form, attempt, index, chunk);
        }

        @Override
        public void answer(Form form, byte[] body) {
            ended.run();
            once.keep(claim, kept(form, body)).whenComplete((kept, failure) -> {
                if (failure != null) {
                    LOG.warn(
                            "request={} is answered, but its answer cannot be kept under its Idempotency-Key: {}",
                            requestId,
                            failure.toString());
                }
                reply.answer(form, body);
            });
        }

        @Override
        public void failure(FrontError error) {
            ended.run();
            once.release(claim).whenComplete((released, failure) -> reply.failure(error));
        }

        @Override
        public void header(String header, String value) {
            reply.header(header, value);
        }
    }
}
