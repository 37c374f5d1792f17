package dev.sluice.front;

import dev.sluice.intake.AllowedModels;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.HttpCall;
import dev.sluice.intake.Request;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpConsumer;

/**
 * A route's {@code from: platform-http}. Unlike Camel's own consumer it holds no thread while a request waits, and it
 * makes no headers of what comes from outside: neither of headers nor of parameters nor of the path.
 *
 * <p>The response is what {@link Reply} was given. For a route that gives it nothing it is the message: its body, with
 * {@code Content-Type} and {@code CamelHttpResponseCode}.
 */
final class FrontConsumer extends VertxPlatformHttpConsumer {
    private final Front front;
    private final Duration patience;

    FrontConsumer(PlatformHttpEndpoint endpoint, Processor processor, String router, Front front, Duration patience) {
        super(endpoint, processor, List.of(), router);
        this.front = front;
        this.patience = patience;
    }

    @Override
    protected void handleRequest(RoutingContext ctx) {
        if (isSuspended() || isStoppingOrStopped()) {
            Door.refuse(ctx, FrontError.STOPPING);
            return;
        }
        Cancellation cancellation = new Cancellation();
        HttpReply reply = new HttpReply(ctx.response(), ctx.vertx().getOrCreateContext(), cancellation, patience);
        FrontCall call = call(ctx, reply, cancellation);
        Exchange exchange = createExchange(false);
        exchange.setPattern(ExchangePattern.InOut);
        exchange.getMessage().setHeader(Request.ID_HEADER, call.id());
        exchange.getMessage().setBody(ReadBody.of(ctx));
        call.on(exchange);
        httpCall(ctx, call).on(exchange);
        front.send(call, exchange, getAsyncProcessor(), () -> {
            if (!reply.isExpected()) {
                sendMessage(exchange.getMessage(), reply);
            }
            releaseExchange(exchange, false);
        });
    }

    private static HttpCall httpCall(RoutingContext ctx, FrontCall call) {
        Map<String, String> query = new HashMap<>();
        ctx.queryParams().forEach((name, value) -> query.putIfAbsent(name, value));
        Caller caller = call.caller();
        return new HttpCall(
                call.method(), call.path(), query, caller.name(), caller.tenant(), new AllowedModels(caller.models()));
    }

    private static FrontCall call(RoutingContext ctx, HttpReply reply, Cancellation cancellation) {
        HttpServerRequest request = ctx.request();
        String prefer = request.getHeader("Prefer");
        return new FrontCall(
                Door.id(ctx),
                Door.caller(ctx),
                request.method().name(),
                request.path(),
                reply,
                cancellation,
                request.getHeader("Idempotency-Key"),
                prefer != null && prefer.toLowerCase(Locale.ROOT).contains("respond-async"));
    }

    /** Has no effect if the route has answered, or has failed. */
    private static void sendMessage(Message message, HttpReply reply) {
        String type = message.getHeader(Exchange.CONTENT_TYPE, String.class);
        if (message.getBody() instanceof Path file) {
            reply.send(type == null ? "application/octet-stream" : type, file);
            return;
        }
        reply.send(
                Body.status(message, 200),
                type == null ? "application/octet-stream" : type,
                Buffer.buffer(Body.bytes(message)));
    }
}
