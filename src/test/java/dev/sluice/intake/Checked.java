package dev.sluice.intake;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;

/** Exchanges as they leave the pipeline's check. */
public final class Checked {

    private Checked() {}

    /** An exchange with a request of this body, or prompt, which is its id too. */
    public static Exchange exchange(CamelContext camel, String body) {
        return exchange(camel, Api.CHAT, body);
    }

    /** The same for any endpoint. */
    public static Exchange exchange(CamelContext camel, Api api, String body) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.setProperty(Request.API_PROPERTY, api);
        exchange.getMessage().setBody(body);
        try {
            new CheckRequest(new Prompts("gpt-4o-mini", ""), 1 << 20, () -> body).process(exchange);
        } catch (InvalidMessageException e) {
            throw new IllegalArgumentException(e);
        }
        return exchange;
    }
}
