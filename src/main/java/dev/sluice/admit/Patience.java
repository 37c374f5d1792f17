package dev.sluice.admit;

import dev.sluice.intake.Deadline;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * How long an attempt may wait for its permit: until the {@link Deadline} of its message, and not longer than its intake
 * allows ({@link IntakeProperties#MAX_WAIT_MS}).
 */
final class Patience {
    private Patience() {}

    /** How much longer it may wait, negative if it has waited too long; empty: for ever. */
    static Optional<Duration> left(Exchange exchange, Duration waited) {
        return Stream.concat(Deadline.left(exchange).stream(), most(exchange).map(most -> most.minus(waited)).stream())
                .min(Duration::compareTo);
    }

    /** Why it may not wait so much longer; null if it may. */
    static @Nullable SluiceException forbids(Exchange exchange, Duration waited, Duration wait) {
        if (Deadline.forbids(exchange, wait)) {
            return overdue(exchange, wait);
        }
        Duration most = most(exchange).orElse(null);
        return most != null && waited.plus(wait).compareTo(most) > 0
                ? new WaitTooLongException(wait, most, Instant.now())
                : null;
    }

    private static SluiceException overdue(Exchange exchange, Duration wait) {
        int attempts = Request.attempts(exchange);
        return attempts == 0
                ? Deadline.beforeTheFirst(exchange, wait)
                : Deadline.over(
                        exchange,
                        "attempt %d failed, and the next would be in %d ms".formatted(attempts, wait.toMillis()));
    }

    private static Optional<Duration> most(Exchange exchange) {
        return Optional.ofNullable(exchange.getProperty(IntakeProperties.MAX_WAIT_MS, Long.class))
                .map(Duration::ofMillis);
    }
}
