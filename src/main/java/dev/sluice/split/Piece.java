package dev.sluice.split;

import dev.sluice.intake.PieceHeaders;
import dev.sluice.intake.Request;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultMessage;

/**
 * One piece of a streamed answer, as docs/formats.md has it.
 *
 * @param index its place within its attempt, from 0
 * @param kind what it says of its attempt
 * @param body what is delivered: the piece as JSON, or an event as it came
 */
record Piece(String requestId, int attempt, int index, Kind kind, String body) {

    /** What a piece says of its attempt. */
    enum Kind {
        /** A part of the answer. */
        PIECE(PieceHeaders.PIECE),
        /** The attempt is complete. */
        END(PieceHeaders.END),
        /** The attempt is given up: what it has sent counts for nothing. */
        VOID(PieceHeaders.VOID);

        final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    Message message(Exchange exchange) {
        Message message = new DefaultMessage(exchange.getContext());
        message.setBody(body);
        message.setHeader(Request.ID_HEADER, requestId);
        message.setHeader(Request.ATTEMPT_HEADER, attempt);
        message.setHeader(PieceHeaders.INDEX, index);
        message.setHeader(PieceHeaders.KIND, kind.word);
        return message;
    }
}
