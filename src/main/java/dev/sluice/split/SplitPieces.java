package dev.sluice.split;

import dev.sluice.call.AnswerJson;
import dev.sluice.call.NetworkFailure;
import dev.sluice.call.Streams;
import dev.sluice.intake.Api;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.support.ExpressionAdapter;

/** The pieces of an answer, as a body that Camel splits: a streamed one as it comes, one that came whole all the same. */
public final class SplitPieces extends ExpressionAdapter {
    private final AnswerStream.Rules rules;
    private final SplitSettings settings;
    private final NetworkFailure networkFailure;

    /** @param networkFailure says what a failure of the connection means */
    public SplitPieces(AnswerStream.Rules rules, SplitSettings settings, NetworkFailure networkFailure) {
        this.rules = rules;
        this.settings = settings;
        this.networkFailure = networkFailure;
    }

    @Override
    public Object evaluate(Exchange exchange) {
        SplitSettings wanted = wanted(exchange);
        boolean whole = !(exchange.getMessage().getBody() instanceof InputStream);
        if (whole && (wanted.unit() == Unit.EVENT || Request.of(exchange).api() == Api.EMBEDDINGS)) {
            return Collections.emptyIterator(); // there was no event, or there are no words
        }
        PieceStream pieces = new PieceStream(exchange, chunks(exchange), wanted, networkFailure);
        pieces.on(exchange);
        return pieces;
    }

    private SplitSettings wanted(Exchange exchange) {
        try {
            return settings.with(exchange);
        } catch (TypeConversionException e) {
            if (exchange.getMessage().getBody() instanceof InputStream stream) {
                Streams.abort(stream); // nobody else would
                exchange.getMessage().setBody(Request.of(exchange).body());
            }
            throw e;
        }
    }

    private Chunks chunks(Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        if (body instanceof InputStream stream) {
            exchange.getMessage().setBody(Request.of(exchange).body()); // nobody else reads the stream
            boolean piecesOnly = Request.of(exchange).stream()
                    && Boolean.TRUE.equals(exchange.getProperty(IntakeProperties.PIECES_ONLY, Boolean.class));
            return new AnswerStream(exchange, stream, rules, !piecesOnly);
        }
        try {
            return new WholeAnswer(
                    Request.of(exchange).api(),
                    AnswerJson.parse(
                            Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer")));
        } catch (IOException e) {
            throw new RuntimeCamelException(e); // it has been parsed before
        }
    }
}
