package dev.sluice.split;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Request;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.jspecify.annotations.Nullable;

/**
 * Makes a streamed answer the chat completion that it is, reading it to its end if it was not split before; fails if it
 * is not whole, see {@link AnswerStream}. An answer that came whole is left alone.
 */
public final class Assemble implements Processor {
    private final AnswerStream.Rules rules;

    public Assemble(AnswerStream.Rules rules) {
        this.rules = rules;
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        PieceStream pieces = PieceStream.of(exchange);
        if (pieces != null) {
            PieceStream.remove(exchange);
            become(exchange, pieces.answer());
        } else if (exchange.getMessage().getBody() instanceof InputStream stream) {
            exchange.getMessage().setBody(Request.of(exchange).body()); // what a failure keeps is the request
            become(exchange, read(new AnswerStream(exchange, stream, rules, true)));
        }
    }

    private static ObjectNode read(AnswerStream answer) throws Exception {
        boolean complete = false;
        try {
            while (answer.next() != null) {}
            complete = true;
            return answer.completion();
        } finally {
            if (complete) {
                answer.finish();
            } else {
                answer.abort();
            }
        }
    }

    private static void become(Exchange exchange, @Nullable ObjectNode completion) {
        if (completion != null) {
            exchange.getMessage().setBody(completion.toString().getBytes(StandardCharsets.UTF_8));
            exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
        }
    }
}
