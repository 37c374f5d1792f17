package dev.sluice.admit;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** The permit of the attempt under way, and what the attempt has come to so far. One per attempt. */
public final class Admission {
    private static final String PROPERTY = "SluiceAdmission";

    private final Permit permit;
    private final long promptTokens;
    private final long startNanos;
    private Settlement settlement = Settlement.of(Settlement.Outcome.FAILED);

    private RateHints hints = RateHints.NONE;
    private long heardNanos;
    private OptionalLong used = OptionalLong.empty();
    private Runnable atEnd = () -> {};

    /** @param promptTokens estimate of what the attempt sends */
    Admission(Permit permit, long promptTokens, long startNanos) {
        this.permit = permit;
        this.promptTokens = promptTokens;
        this.startNanos = startNanos;
    }

    /** The admission of an exchange, null before it was admitted and after it was settled. */
    static @Nullable Admission of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, Admission.class);
    }

    /** Says what the attempt of an exchange came to; until then it counts as failed. */
    public static void endsAs(Exchange exchange, Settlement settlement) {
        Admission admission = of(exchange);
        if (admission != null) {
            admission.settlement = settlement;
        }
    }

    /**
     * Says how much of the answer to the attempt of an exchange has come, complete or broken off; counts if its end does not
     * tell what was used.
     *
     * @param told what the upstream says that was used; empty: the prompt and what came are
     * @param completionTokens estimate of what came
     */
    public static void used(Exchange exchange, OptionalLong told, LongSupplier completionTokens) {
        Admission admission = of(exchange);
        if (admission != null) {
            admission.used =
                    told.isPresent() ? told : OptionalLong.of(admission.promptTokens + completionTokens.getAsLong());
        }
    }

    /** Says what the headers of the answer to the attempt of an exchange tell about the limit, now. */
    public static void hears(Exchange exchange, RateHints hints) {
        Admission admission = of(exchange);
        if (admission != null) {
            admission.hints = hints;
            admission.heardNanos = System.nanoTime();
        }
    }

    /**
     * Says, besides what the headers tell of the limit, that the upstream is to be left alone for a while, by all nodes: it
     * asked for that.
     */
    public static void staysAway(Exchange exchange, Duration wait) {
        Admission admission = of(exchange);
        if (admission != null) {
            hears(exchange, admission.hints.and(new RateHints(OptionalLong.empty(), OptionalLong.empty(), wait)));
        }
    }

    /** Runs something when the attempt of an exchange has ended, whatever it came to; at once if there is none. */
    public static void atEnd(Exchange exchange, Runnable action) {
        Admission admission = of(exchange);
        if (admission == null) {
            action.run();
        } else {
            admission.atEnd = action;
        }
    }

    void ended() {
        atEnd.run();
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    static void remove(Exchange exchange) {
        exchange.removeProperty(PROPERTY);
    }

    Permit permit() {
        return permit;
    }

    long startNanos() {
        return startNanos;
    }

    /** What the attempt came to, told now. */
    Settlement settlement() {
        long now = System.nanoTime();
        return settlement
                .orUsed(used)
                .with(hints.after(Duration.ofNanos(now - heardNanos)), Duration.ofNanos(Math.max(0, now - startNanos)));
    }
}
