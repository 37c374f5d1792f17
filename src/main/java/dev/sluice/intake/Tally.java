package dev.sluice.intake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What became of messages, as metrics and as the closing summary. Thread-safe.
 *
 * <p>Metrics: {@code sluice.messages{outcome=answered|failed}}, {@code sluice.retries},
 * {@code sluice.tokens{kind=prompt|completion}}.
 */
public final class Tally {
    private final Counter answered;
    private final Counter failed;
    private final Counter retries;
    private final Counter promptTokens;
    private final Counter completionTokens;
    private final Clock clock;
    private final String hints;
    private final AtomicReference<@Nullable Instant> busySince = new AtomicReference<>();
    private final Map<String, Ends> byIntake = new ConcurrentHashMap<>();
    private double reported;

    /** @param hints lines that follow the figures of each summary: where the files are, how to go on */
    public Tally(MeterRegistry meters, Clock clock, String hints) {
        this.answered = meters.counter("sluice.messages", "outcome", "answered");
        this.failed = meters.counter("sluice.messages", "outcome", "failed");
        this.retries = meters.counter("sluice.retries");
        this.promptTokens = meters.counter("sluice.tokens", "kind", "prompt");
        this.completionTokens = meters.counter("sluice.tokens", "kind", "completion");
        this.clock = clock;
        this.hints = hints;
    }

    /** A message was taken. */
    public void begin() {
        busySince.compareAndSet(null, clock.instant());
    }

    /** @param intake by which the message has come */
    public void answered(String intake) {
        answered.increment();
        ends(intake).answered.increment();
    }

    /** @param intake by which the message has come */
    public void failed(String intake) {
        failed.increment();
        ends(intake).failed.increment();
    }

    /** How many messages that came by an intake have an answer. */
    public long answeredOf(String intake) {
        return ends(intake).answered.sum();
    }

    /** How many messages that came by an intake have failed. */
    public long failedOf(String intake) {
        return ends(intake).failed.sum();
    }

    private record Ends(LongAdder answered, LongAdder failed) {}

    private Ends ends(String intake) {
        return byIntake.computeIfAbsent(intake, name -> new Ends(new LongAdder(), new LongAdder()));
    }

    public void retried() {
        retries.increment();
    }

    /** What an answer used. */
    public void used(long prompt, long completion) {
        promptTokens.increment(prompt);
        completionTokens.increment(completion);
    }

    /** The figures since the start, if any message ended since the last summary. */
    synchronized Optional<String> summary() {
        double ended = answered.count() + failed.count();
        if (ended == reported) {
            return Optional.empty();
        }
        reported = ended;
        Instant since = busySince.getAndSet(null);
        Duration took = since == null ? Duration.ZERO : Duration.between(since, clock.instant());
        return Optional.of("idle: answered=%.0f failed=%.0f retries=%.0f tokens=%.0f+%.0f in %.1f s%n%s"
                .formatted(
                        answered.count(),
                        failed.count(),
                        retries.count(),
                        promptTokens.count(),
                        completionTokens.count(),
                        took.toMillis() / 1000.0,
                        hints));
    }
}
