package dev.sluice.batch;

import dev.sluice.intake.Kept;
import dev.sluice.intake.Request;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Makes the reason of a failure the error line of a batch's line. While the batch stops, what could succeed later is left
 * for the next run instead.
 */
public final class LineFailure implements Processor {

    @Override
    public void process(Exchange exchange) {
        Exception failure = Objects.requireNonNull(
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed");
        BatchLine line = BatchLine.of(exchange);
        line.promises(Kept.take(exchange));
        line.failed(failure, Request.attempts(exchange));
    }
}
