package dev.sluice.front;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** What became of a request that is answered later: GET tells, DELETE calls it off. Only its own caller learns that it is there. */
public final class SendState implements Processor {
    private final Background background;

    public SendState(Background background) {
        this.background = background;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        FrontCall call = FrontCall.of(exchange);
        String id = call.path().startsWith(Background.PLACE) ? call.path().substring(Background.PLACE.length()) : "";
        Optional<RequestStore.State> state =
                background.store().find(id, call.caller().name());
        if (state.isEmpty()) {
            call.reply()
                    .failure(FrontError.wrong(
                            404,
                            "request_not_found",
                            "there is no such request: wrong id, called off, or too long ago"));
        } else if (call.reply() instanceof HttpReply client) {
            if (call.method().equals("DELETE")) {
                background.cancel(id);
                client.send(204, "", Buffer.buffer());
            } else if (state.get().status() == 0) {
                Background.sendState(client, id);
            } else {
                client.send(
                        state.get().status(),
                        "application/json",
                        Buffer.buffer(state.get().body()));
            }
        }
    }
}
