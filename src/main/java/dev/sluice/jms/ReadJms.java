package dev.sluice.jms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.ChatBody;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.Prompts;
import jakarta.jms.JMSException;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.jspecify.annotations.Nullable;

/**
 * JMS message to chat body. A text or bytes message holds a chat body in JSON or a plain prompt; {@code SluiceModel} and
 * {@code SluiceStream} of its properties win over what the body says.
 */
public final class ReadJms implements Processor {
    private final Prompts prompts;
    private final int maxBytes;

    /** @param maxBytes the largest body that is accepted ({@code jms.max-bytes}) */
    public ReadJms(Prompts prompts, int maxBytes) {
        this.prompts = prompts;
        this.maxBytes = maxBytes;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, InvalidMessageException {
        JmsRequest request = JmsRequest.of(exchange);
        if (!request.isText()) {
            throw new InvalidMessageException(
                    415,
                    "unsupported_message_type",
                    "a request is a text or a bytes message, this one is neither; send its text");
        }
        if (request.body().length > maxBytes) {
            throw new InvalidMessageException(
                    413,
                    "message_too_large",
                    "the message has %d bytes, jms.max-bytes=%d; split or shorten it"
                            .formatted(request.body().length, maxBytes));
        }
        exchange.setProperty(IntakeProperties.MAX_BODY_BYTES, maxBytes);
        String model = request.original().getStringProperty(JmsRequest.MODEL);
        Boolean stream = stream(request.original().getStringProperty(JmsRequest.STREAM));
        boolean asIs = model == null && stream == null; // a prompt is made a chat body by the next step
        exchange.getMessage().setBody(asIs ? request.body() : changed(request.body(), model, stream));
    }

    private byte[] changed(byte[] body, @Nullable String model, @Nullable Boolean stream)
            throws InvalidMessageException {
        String text = Prompts.text(body);
        Prompts asked = model == null ? prompts : new Prompts(model, prompts.systemPrompt());
        byte[] chat =
                text.stripLeading().startsWith("{") ? text.getBytes(StandardCharsets.UTF_8) : asked.toChatBody(text);
        if (!(ChatBody.read(chat) instanceof ObjectNode json)) {
            return chat;
        }
        if (model != null) {
            json.put("model", model);
        }
        if (stream != null) {
            json.put("stream", stream);
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable Boolean stream(@Nullable String value) throws InvalidMessageException {
        if (value == null || value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
            return value == null ? null : Boolean.valueOf(value);
        }
        throw new InvalidMessageException(
                "invalid_request_error", "the property %s is neither true nor false".formatted(JmsRequest.STREAM));
    }
}
