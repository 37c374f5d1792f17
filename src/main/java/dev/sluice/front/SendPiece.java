package dev.sluice.front;

import dev.sluice.intake.Request;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Sends a piece of a streamed answer to the client; the end of the stream is the answer's. */
public final class SendPiece implements Processor {

    @Override
    public void process(Exchange exchange) throws IOException {
        Message piece = exchange.getMessage();
        Form form = Form.of(Request.of(exchange));
        if (form.stream() && "piece".equals(piece.getHeader("SluiceKind", String.class))) {
            FrontCall.of(exchange)
                    .reply()
                    .piece(
                            form,
                            Body.number(piece, Request.ATTEMPT_HEADER, 1),
                            Body.number(piece, "SluiceIndex", 0),
                            Body.text(piece));
        }
    }
}
