package dev.sluice.call;

import dev.sluice.intake.Deadline;
import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.processor.errorhandler.RedeliveryPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Camel's redelivery how long to wait ({@code onExceptionOccurred}), through the header
 * {@code CamelRedeliveryDelay}; whether and how often is the redelivery policy's.
 */
public final class RetryDelay implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(RetryDelay.class);

    private final Supplier<RedeliveryPolicy> policies;
    private final Tally tally;
    private final DoubleSupplier random;

    /**
     * @param policy the redelivery policy that the routes refer to
     * @param random uniform from 0 to 1
     */
    public RetryDelay(Supplier<RedeliveryPolicy> policy, Tally tally, DoubleSupplier random) {
        this.policies = policy;
        this.tally = tally;
        this.random = random;
    }

    @Override
    public void process(Exchange exchange) {
        RedeliveryPolicy policy = policies.get();
        Backoff backoff = new Backoff(
                Duration.ofMillis(policy.getRedeliveryDelay()),
                policy.getBackOffMultiplier(),
                Duration.ofMillis(policy.getMaximumRedeliveryDelay()));
        int attempt = Request.attempts(exchange);
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof RetryableUpstreamException failure
                && attempt <= policy.getMaximumRedeliveries()) {
            Duration wait = backoff.before(attempt, failure.retryAfter(), random.getAsDouble());
            if (Deadline.forbids(exchange, wait)) {
                giveUp(exchange, failure, attempt, wait);
                return;
            }
            exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, wait.toMillis());
            tally.retried();
            LOG.info(
                    "request={} retry={}/{} in-ms={} status={} code={}: {}",
                    Request.id(exchange),
                    attempt,
                    policy.getMaximumRedeliveries(),
                    wait.toMillis(),
                    failure.status(),
                    failure.code(),
                    failure.getMessage());
        }
    }

    /** The deadline comes before the next attempt: what is redelivered no more ends with this reason. */
    private static void giveUp(Exchange exchange, RetryableUpstreamException failure, int attempt, Duration wait) {
        exchange.setProperty(
                Exchange.EXCEPTION_CAUGHT,
                Deadline.over(
                        exchange,
                        "attempt %d failed (%s), and the next would be in %d ms"
                                .formatted(attempt, failure.getMessage(), wait.toMillis())));
        exchange.getExchangeExtension().setRedeliveryExhausted(true);
    }
}
