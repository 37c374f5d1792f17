package dev.sluice.intake;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;

/** Exchanges as they leave the pipeline's check. */
public final class Checked {

    private Checked() {}

    /** An exchange with a request of this body, or prompt, which is its id too. */
    public static Exchange exchange(CamelContext camel, String body) {
        return exchange(camel, Api.CHAT, body, "gpt-4o-mini");
    }

    /** The same; a prompt is for this model. */
    public static Exchange exchange(CamelContext camel, String body, String model) {
        return exchange(camel, Api.CHAT, body, model);
    }

    /** The same for any endpoint. */
    public static Exchange exchange(CamelContext camel, Api api, String body) {
        return exchange(camel, api, body, "gpt-4o-mini");
    }

    private static Exchange exchange(CamelContext camel, Api api, String body, String model) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.setProperty(Request.API_PROPERTY, api);
        exchange.getMessage().setBody(body);
        try {
            new CheckRequest(new Prompts(model, ""), 1 << 20, () -> body).process(exchange);
        } catch (InvalidMessageException e) {
            throw new IllegalArgumentException(e);
        }
        return exchange;
    }
}
