package dev.sluice.intake;

import java.util.Map;
import org.apache.camel.Exchange;

/**
 * An HTTP request as routes may know it: what a client sends becomes no header of a message, but this.
 *
 * @param method in capitals
 * @param path for example {@code /v1/batches}, undecoded
 * @param query the parameters, each once
 * @param caller whose key it came with; a name, never the key
 * @param tenant whose share of the limit its calls take; empty: nobody's in particular
 * @param models the models that the caller may ask
 */
public record HttpCall(
        String method, String path, Map<String, String> query, String caller, String tenant, AllowedModels models) {
    private static final String PROPERTY = "SluiceHttpCall";

    public HttpCall {
        query = Map.copyOf(query);
    }

    /** Puts it on an exchange. */
    public void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    public static HttpCall of(Exchange exchange) {
        HttpCall call = exchange.getProperty(PROPERTY, HttpCall.class);
        if (call == null) {
            throw new IllegalStateException("no request of the front on this exchange");
        }
        return call;
    }
}
