package dev.sluice.jms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.ChatBody;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.Prompts;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import dev.sluice.intake.Tally;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.DefaultMessage;
import org.jspecify.annotations.Nullable;

/**
 * The queue intake's first step: JMS message to chat body. A text or bytes message holds a chat body in JSON or a plain
 * prompt; {@code SluiceModel} and {@code SluiceStream} of its properties win over what the body says, {@code SluiceTenant}
 * and the priority go to the limiter. What else comes with the message steers nothing.
 *
 * <p>From here on the exchange stays on its consumer's thread: its session is bound to it, so that everything that is sent
 * belongs to the transaction in which the message was taken.
 */
public final class ReadJms implements Processor {
    static final String MODEL = "SluiceModel";
    static final String STREAM = "SluiceStream";
    static final String TENANT = "SluiceTenant";

    private final Prompts prompts;
    private final int maxBytes;
    private final Tally tally;
    private final Clock clock;

    /** @param maxBytes the largest body that is read */
    public ReadJms(Prompts prompts, int maxBytes, Tally tally, Clock clock) {
        this.prompts = prompts;
        this.maxBytes = maxBytes;
        this.tally = tally;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, SluiceException {
        Message message = Objects.requireNonNull(exchange.getIn(JmsMessage.class), "not a message of a queue")
                .getJmsMessage();
        JmsRequest request = JmsRequest.of(message);
        request.on(exchange);
        exchange.getExchangeExtension().setTransacted(true);
        exchange.setMessage(new DefaultMessage(exchange));
        exchange.getMessage().setHeader(Request.ID_HEADER, request.requestId(exchange));
        tally.begin();
        refuseExpired(message);
        exchange.setProperty(IntakeProperties.TENANT, message.getStringProperty(TENANT));
        exchange.setProperty(IntakeProperties.PRIORITY, message.getJMSPriority());
        exchange.getMessage().setBody(chatBody(message));
    }

    /** The broker expires what waits; this is for what expired on its way here. */
    private void refuseExpired(Message message) throws JMSException, InvalidMessageException {
        long expires = message.getJMSExpiration();
        if (expires > 0 && expires <= clock.millis()) {
            throw new InvalidMessageException(
                    408,
                    "expired",
                    "the message expired at %s, before it was called".formatted(Instant.ofEpochMilli(expires)));
        }
    }

    private byte[] chatBody(Message message) throws JMSException, InvalidMessageException {
        byte[] body = body(message);
        String model = message.getStringProperty(MODEL);
        Boolean stream = stream(message.getStringProperty(STREAM));
        if (model == null && stream == null) {
            return body; // check makes a prompt a chat body
        }
        String text = Prompts.text(body);
        if (!text.stripLeading().startsWith("{")) {
            Prompts asked = model == null ? prompts : new Prompts(model, prompts.systemPrompt());
            body = asked.toChatBody(text);
        }
        return ChatBody.read(body) instanceof ObjectNode json ? changed(json, model, stream) : body;
    }

    private static byte[] changed(ObjectNode json, @Nullable String model, @Nullable Boolean stream) {
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
                "invalid_request_error", "the property %s is neither true nor false".formatted(STREAM));
    }

    private byte[] body(Message message) throws JMSException, InvalidMessageException {
        if (message instanceof TextMessage text) {
            return text.getText() == null ? new byte[0] : text.getText().getBytes(StandardCharsets.UTF_8);
        }
        if (message instanceof BytesMessage bytes) {
            byte[] body = new byte[(int) Math.min(bytes.getBodyLength(), maxBytes + 1L)];
            bytes.reset();
            bytes.readBytes(body);
            return body;
        }
        throw new InvalidMessageException(
                415,
                "unsupported_message_type",
                "a request is a text or a bytes message, this one is neither; send its text");
    }
}
