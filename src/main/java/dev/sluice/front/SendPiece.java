package dev.sluice.front;

import dev.sluice.intake.PieceHeaders;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Sends a piece of a streamed answer to the client; the end of the stream is the answer's. */
public final class SendPiece implements Processor {

    @Override
    public void process(Exchange exchange) throws IOException {
        Message piece = exchange.getMessage();
        Form form = Form.of(Request.of(exchange));
        if (form.stream() && PieceHeaders.PIECE.equals(piece.getHeader(PieceHeaders.KIND))) {
            FrontCall.of(exchange)
                    .reply()
                    .piece(
                            form,
                            Body.number(piece, Request.ATTEMPT_HEADER, 1),
                            Body.number(piece, PieceHeaders.INDEX, 0),
                            Objects.requireNonNull(piece.getBody(String.class), "piece"));
        }
    }
}
