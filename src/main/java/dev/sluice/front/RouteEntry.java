package dev.sluice.front;

import dev.sluice.intake.Request;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;

/** Where requests that did not come through {@code platform-http} enter the routes: a {@code direct} endpoint. Thread-safe. */
final class RouteEntry {
    private final CamelContext camel;
    private final String name;
    private final Front front;
    private @Nullable AsyncProducer producer;

    RouteEntry(CamelContext camel, String name, Front front) {
        this.camel = camel;
        this.name = name;
        this.front = front;
    }

    /** @param afterwards runs once, when the body is not used any more */
    void send(FrontCall call, byte[] body, Runnable afterwards) {
        AsyncProducer route;
        try {
            route = producer();
        } catch (RuntimeCamelException e) {
            call.reply().failure(FrontError.unavailable("no_route", "there is no route that takes requests"));
            afterwards.run();
            return;
        }
        Exchange exchange = route.getEndpoint().createExchange(ExchangePattern.InOut);
        exchange.getMessage().setHeader(Request.ID_HEADER, call.id());
        exchange.getMessage().setBody(body);
        call.on(exchange);
        front.send(call, exchange, route, afterwards);
    }

    /** Made when it is needed first: the context has to be started. */
    private synchronized AsyncProducer producer() {
        AsyncProducer known = producer;
        if (known == null) {
            try {
                Endpoint endpoint = camel.getEndpoint("direct:" + name);
                known = endpoint.createAsyncProducer();
                ServiceHelper.startService(known);
                producer = known;
            } catch (Exception e) {
                throw new RuntimeCamelException(e);
            }
        }
        return known;
    }
}
