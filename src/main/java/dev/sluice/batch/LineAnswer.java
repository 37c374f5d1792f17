package dev.sluice.batch;

import dev.sluice.intake.Kept;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Makes the chat completion the output line of a batch's line. */
public final class LineAnswer implements Processor {
    private static final String UPSTREAM_ID = "x-request-id";

    @Override
    public void process(Exchange exchange) {
        BatchLine line = BatchLine.of(exchange);
        String upstreamId = exchange.getMessage().getHeader(UPSTREAM_ID, String.class);
        line.promises(Kept.take(exchange));
        line.answered(
                upstreamId == null ? line.requestId() : upstreamId,
                Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer"));
    }
}
