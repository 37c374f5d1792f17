package dev.sluice.batch;

import dev.sluice.intake.Request;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/** Sends lines to {@code direct:batch-line}, and does not wait for what becomes of them. */
public final class LineSender implements Consumer<BatchLine> {
    private final ProducerTemplate template;
    private final Endpoint endpoint;

    public LineSender(CamelContext camel) {
        this.template = camel.createProducerTemplate();
        this.endpoint = camel.getEndpoint("direct:batch-line");
    }

    @Override
    public void accept(BatchLine line) {
        Exchange exchange = endpoint.createExchange();
        line.on(exchange);
        exchange.getMessage().setHeader(Request.ID_HEADER, line.requestId());
        try {
            template.asyncSend(endpoint, exchange).whenComplete((done, failure) -> {
                Exception reason = failure == null ? exchange.getException() : new IllegalStateException(failure);
                line.endedOtherwise(reason); // says nothing if the route has
            });
        } catch (RejectedExecutionException e) { // Camel has stopped meanwhile
            line.endedOtherwise(e);
        }
    }
}
