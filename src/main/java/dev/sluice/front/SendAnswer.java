package dev.sluice.front;

import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Sends the answer of the pipeline to the client. */
public final class SendAnswer implements Processor {
    private final Tally tally;

    public SendAnswer(Tally tally) {
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) {
        tally.answered("rest");
        FrontCall.of(exchange).reply().answer(Form.of(Request.of(exchange)), Body.bytes(exchange.getMessage()));
    }
}
