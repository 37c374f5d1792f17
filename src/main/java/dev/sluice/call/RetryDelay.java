package dev.sluice.call;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
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
 * {@code CamelRedeliveryDelay}; whether and how often is the redelivery policy's. What is not redelivered at all, since its
 * deadline comes before, or the upstream is down for everybody, ends here.
 */
public final class RetryDelay implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(RetryDelay.class);

    private final Supplier<RedeliveryPolicy> policies;
    private final WaitTimer timer;
    private final Outage outage;
    private final Tally tally;
    private final DoubleSupplier random;

    /**
     * @param policy the redelivery policy that the routes refer to
     * @param timer where retries wait; the wait ends when the client goes away
     * @param outage whether it makes sense at all
     * @param random uniform from 0 to 1
     */
    public RetryDelay(
            Supplier<RedeliveryPolicy> policy, WaitTimer timer, Outage outage, Tally tally, DoubleSupplier random) {
        this.policies = policy;
        this.timer = timer;
        this.outage = outage;
        this.tally = tally;
        this.random = random;
    }

    @Override
    public void process(Exchange exchange) {
        timer.next(null); // of a wait that did not come about
        RedeliveryPolicy policy = policies.get();
        Backoff backoff = new Backoff(
                Duration.ofMillis(policy.getRedeliveryDelay()),
                policy.getBackOffMultiplier(),
                Duration.ofMillis(policy.getMaximumRedeliveryDelay()));
        int attempt = Request.attempts(exchange);
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof RetryableUpstreamException failure) {
            UpstreamDownException down = outage.blamed(exchange, failure).orElse(null);
            if (down != null) {
                giveUp(exchange, down);
                return;
            }
        }
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof RetryableUpstreamException failure
                && attempt <= policy.getMaximumRedeliveries()) {
            Duration wait = backoff.before(attempt, failure.retryAfter(), random.getAsDouble());
            if (Deadline.forbids(exchange, wait)) {
                giveUp(
                        exchange,
                        Deadline.over(
                                exchange,
                                "attempt %d failed (%s), and the next would be in %d ms"
                                        .formatted(attempt, failure.getMessage(), wait.toMillis())));
                return;
            }
            exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, wait.toMillis());
            timer.next(wait.isZero() ? null : Cancellation.of(exchange));
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

    /** It is redelivered no more, and ends with this. */
    private static void giveUp(Exchange exchange, SluiceException why) {
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, why);
        exchange.getExchangeExtension().setRedeliveryExhausted(true);
    }
}
