package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * The pipeline's first step: body to {@link Request}. A body that starts with a brace, white space aside, is a chat body
 * in JSON; any other text is a prompt; where an intake asks for another {@link Api}, it is that one's body. Gives the
 * message its {@code SluiceRequestId}, and a tenant and a priority ({@link Sender}), unless the intake gave it some.
 */
public final class CheckRequest implements Processor {
    private final Prompts prompts;
    private final int maxBytes;
    private final Supplier<String> ids;

    /**
     * @param maxBytes the largest body that is accepted, unless the intake has said otherwise
     * @param ids where request ids come from; each must be unique
     */
    public CheckRequest(Prompts prompts, int maxBytes, Supplier<String> ids) {
        this.prompts = prompts;
        this.maxBytes = maxBytes;
        this.ids = ids;
    }

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        Api api = Objects.requireNonNullElse(exchange.getProperty(Request.API_PROPERTY, Api.class), Api.CHAT);
        byte[] body = api == Api.CHAT ? chatBody(bytes(exchange)) : bytes(exchange);
        JsonNode json = ChatBody.parse(api, body);
        String given = exchange.getMessage().getHeader(Request.ID_HEADER, String.class);
        String id = given == null ? ids.get() : given;
        new Request(
                        id,
                        api,
                        body,
                        json,
                        json.path("model").asText(),
                        json.path("stream").asBoolean())
                .on(exchange);
        Sender.settle(exchange);
        exchange.getMessage().setBody(body);
    }

    private byte[] bytes(Exchange exchange) throws InvalidMessageException {
        byte[] bytes = exchange.getMessage().getBody(byte[].class);
        if (bytes == null || bytes.length == 0) {
            throw new InvalidMessageException("empty_message", "the message is empty; write a prompt into it");
        }
        Integer given = exchange.getProperty(IntakeProperties.MAX_BODY_BYTES, Integer.class);
        int allowed = given == null ? maxBytes : given;
        if (bytes.length > allowed) {
            throw tooLarge(bytes.length, allowed);
        }
        return bytes;
    }

    static InvalidMessageException tooLarge(long bytes, int maxBytes) {
        return new InvalidMessageException(
                413,
                "message_too_large",
                "the message has %d bytes, the limit is %d; split or shorten it".formatted(bytes, maxBytes));
    }

    private byte[] chatBody(byte[] bytes) throws InvalidMessageException {
        String text = Prompts.text(bytes);
        return isJson(text) ? text.getBytes(StandardCharsets.UTF_8) : prompts.toChatBody(text);
    }

    /** Whether a text is meant as a body in JSON; else it is a prompt. */
    static boolean isJson(String text) {
        return text.stripLeading().startsWith("{");
    }
}
