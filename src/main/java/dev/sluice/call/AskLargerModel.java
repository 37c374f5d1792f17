package dev.sluice.call;

import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the next attempt of a request that is too long for its model one to a larger model ({@code onExceptionOccurred}),
 * at once. The redelivery policy counts it as every other retry.
 */
public final class AskLargerModel implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(AskLargerModel.class);

    private final Tally tally;

    public AskLargerModel(Tally tally) {
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) {
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof PromptTooLongException failure) {
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
