package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.main.Main;

/**
 * The baseline: file to HTTP to file in plain Camel, with as many threads as Sluice has calls in flight. It knows no
 * limit and is not safe in a crash: an answer that is being written is lost or left half, a call may be made twice.
 *
 * <p>A program of its own; arguments: the base URL of the upstream, and whether a refused call is tried again, every 500
 * ms without end. It works on {@code inbox} and {@code outbox} in the working directory.
 */
final class PlainRoute extends RouteBuilder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String upstream;
    private final boolean retries;

    private PlainRoute(String upstream, boolean retries) {
        this.upstream = upstream;
        this.retries = retries;
    }

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.addInitialProperty("camel.main.auto-configuration-log-summary", "false");
        // or HttpClient would try 429 and 503 once more by itself, unseen by the route
        main.addInitialProperty("camel.component.http.automatic-retries-disabled", "true");
        main.addInitialProperty("camel.component.http.connections-per-route", Integer.toString(Contender.AT_ONCE));
        main.configure().addRoutesBuilder(new PlainRoute(args[0], Boolean.parseBoolean(args[1])));
        main.run();
    }

    @Override
    public void configure() {
        if (retries) {
            onException(HttpOperationFailedException.class)
                    .maximumRedeliveries(-1)
                    .redeliveryDelay(500)
                    .logRetryAttempted(false);
        }
        fromF("file:%s?initialDelay=0", MessageFolder.INBOX)
                .threads(Contender.AT_ONCE, Contender.AT_ONCE)
                .process(PlainRoute::toChatBody)
                .toF("%s/chat/completions", upstream)
                .toF("file:%s?fileName=${file:name}.json", MessageFolder.OUTBOX);
    }

    private static void toChatBody(Exchange exchange) throws Exception {
        ObjectNode body = JSON.createObjectNode().put("model", "gpt-4o-mini");
        body.putArray("messages")
                .addObject()
                .put("role", "user")
                .put("content", exchange.getMessage().getBody(String.class));
        exchange.getMessage().setBody(JSON.writeValueAsBytes(body));
        exchange.getMessage().setHeader(Exchange.HTTP_METHOD, "POST");
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
    }
}
