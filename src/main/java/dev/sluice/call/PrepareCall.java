package dev.sluice.call;

import dev.sluice.intake.Request;
import java.util.Locale;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** Makes the message the HTTP request: the body as it came, for the endpoint below the base URL that it is for. */
public final class PrepareCall implements Processor {

    /**
     * What would be taken for the upstream's word on a retry or its limits: it may have come with the message, or with an
     * earlier answer.
     */
    private static final Set<String> OF_AN_ANSWER =
            Set.of("x-should-retry", "retry-after", "retry-after-ms", "x-ms-retry-after-ms", "date");

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        Message message = exchange.getMessage();
        message.getHeaders()
                .keySet()
                .removeIf(PrepareCall::steersHttp); // none of these may come from a message's source
        message.setBody(request.body());
        message.setHeader(Exchange.HTTP_PATH, request.api().path());
        message.setHeader(Exchange.CONTENT_TYPE, "application/json");
        message.setHeader("Accept", request.stream() ? "text/event-stream" : "application/json");
    }

    private static boolean steersHttp(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return name.startsWith("camelhttp")
                || name.startsWith("camelrest")
                || name.startsWith("x-ratelimit-")
                || name.startsWith("anthropic-ratelimit-")
                || OF_AN_ANSWER.contains(name);
    }
}
