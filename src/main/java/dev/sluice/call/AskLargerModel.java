package dev.sluice.call;

import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.processor.errorhandler.RedeliveryPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the next attempt of a request that is too long for its model one to a larger model ({@code onExceptionOccurred}),
 * at once. The redelivery policy counts it as every other retry.
 */
public final class AskLargerModel implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(AskLargerModel.class);

    private final Supplier<RedeliveryPolicy> policy;
    private final Tally tally;

    /** @param policy the redelivery policy that the routes refer to */
    public AskLargerModel(Supplier<RedeliveryPolicy> policy, Tally tally) {
        this.policy = policy;
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) {
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof PromptTooLongException failure
                && Request.attempts(exchange) <= policy.get().getMaximumRedeliveries()) { // else nothing is asked again
            Request.of(exchange).askInstead(exchange, failure.largerModel());
            exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, 0L);
            tally.retried();
            LOG.info(
                    "request={} larger-model={} status={} code={}: {}",
                    Request.id(exchange),
                    failure.largerModel(),
                    failure.status(),
                    failure.code(),
                    failure.getMessage());
        }
    }
}
