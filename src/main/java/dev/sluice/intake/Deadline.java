package dev.sluice.intake;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Bounds all attempts of a message and all waits between them, for a permit and for a retry: {@code retry.deadline-ms}
 * from the moment it enters the pipeline, or the moment that its intake has set ({@link IntakeProperties#DEADLINE}) if that
 * is earlier.
 */
public final class Deadline implements Processor {
    private static final String ANSWER_BY = "SluiceAnswerBy";

    private final Duration max;
    private final Clock clock;

    /** @param max from the pipeline's begin to the answer ({@code retry.deadline-ms}) */
    public Deadline(Duration max, Clock clock) {
        this.max = max;
        this.clock = clock;
    }

    /** A moment, and the clock that it is told by. */
    private record AnswerBy(Instant moment, Instant began, Clock clock) {}

    @Override
    public void process(Exchange exchange) {
        Instant now = clock.instant();
        Instant latest = now.plus(max);
        Instant given = exchange.getProperty(IntakeProperties.DEADLINE, Instant.class);
        exchange.setProperty(
                ANSWER_BY, new AnswerBy(given != null && given.isBefore(latest) ? given : latest, now, clock));
    }

    /** How long a message still has, negative if its time is over; empty if it has for ever. */
    public static Optional<Duration> left(Exchange exchange) {
        return Optional.ofNullable(exchange.getProperty(ANSWER_BY, AnswerBy.class))
                .map(by -> Duration.between(by.clock.instant(), by.moment));
    }

    /** Whether a message has no time to wait so long. */
    public static boolean forbids(Exchange exchange, Duration wait) {
        return left(exchange).filter(left -> left.compareTo(wait) < 0).isPresent();
    }

    /** A message has had attempts, and no time for another one. */
    public static DeadlineException over(Exchange exchange, String whileWhat) {
        AnswerBy by = exchange.getProperty(ANSWER_BY, AnswerBy.class);
        long allowed = by == null ? 0 : Duration.between(by.began, by.moment).toMillis();
        return new DeadlineException(
                "no answer within %d ms (retry.deadline-ms, or what its source allows): %s"
                        .formatted(allowed, whileWhat),
                Optional.empty());
    }

    /**
     * A message would have to wait longer than it may before its first attempt.
     *
     * @param wait how long
     */
    public static DeadlineException beforeTheFirst(Exchange exchange, Duration wait) {
        Clock told = Optional.ofNullable(exchange.getProperty(ANSWER_BY, AnswerBy.class))
                .map(AnswerBy::clock)
                .orElse(Clock.systemUTC());
        return new DeadlineException(
                "its turn is in %d ms, later than retry.deadline-ms, or its source, allows; it was not called"
                        .formatted(wait.toMillis()),
                Optional.of(told.instant().plus(wait)));
    }
}
