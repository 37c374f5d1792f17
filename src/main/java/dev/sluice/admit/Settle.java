package dev.sluice.admit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Gives account of the attempt's permit, whatever became of the attempt; does nothing if it never had one. Records
 * {@code sluice.calls{outcome}}, the time from the permit to the end of the attempt.
 */
public final class Settle implements Processor {
    private final Limiter limiter;
    private final AtomicInteger inFlight;
    private final Map<Settlement.Outcome, Timer> calls = new EnumMap<>(Settlement.Outcome.class);

    public Settle(Limiter limiter, MeterRegistry meters, AtomicInteger inFlight) {
        this.limiter = limiter;
        this.inFlight = inFlight;
        for (Settlement.Outcome outcome : Settlement.Outcome.values()) {
            calls.put(
                    outcome,
                    Timer.builder("sluice.calls")
                            .description("attempts, and how long they took from the permit to their end")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .publishPercentileHistogram()
                            .register(meters));
        }
    }

    @Override
    public void process(Exchange exchange) {
        Admission admission = Admission.of(exchange);
        if (admission == null) {
            return;
        }
        Admission.remove(exchange);
        admission.ended();
        inFlight.decrementAndGet();
        Settlement settlement = admission.settlement();
        Objects.requireNonNull(calls.get(settlement.outcome()))
                .record(System.nanoTime() - admission.startNanos(), TimeUnit.NANOSECONDS);
        limiter.settle(admission.permit(), settlement);
    }
}
