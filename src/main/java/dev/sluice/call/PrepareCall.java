package dev.sluice.call;

import dev.sluice.intake.Request;
import java.util.Locale;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Makes the message the HTTP request: the chat body as it came. */
public final class PrepareCall implements Processor {

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Message message = exchange.getMessage();
        message.getHeaders()
                .keySet()
                .removeIf(PrepareCall::steersHttp); // none of these may come from a message's source
        message.setBody(request.body());
        message.setHeader(Exchange.CONTENT_TYPE, "application/json");
        message.setHeader("Accept", request.stream() ? "text/event-stream" : "application/json");
    }

    private static boolean steersHttp(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return name.startsWith("camelhttp") || name.startsWith("camelrest");
    }
}
