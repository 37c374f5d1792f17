package dev.sluice.jms;

import dev.sluice.intake.Api;
import jakarta.jms.BytesMessage;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A message of the request queue while it is in hand.
 *
 * @param original as it was received
 * @param body the bytes of a text or bytes message; empty for any other
 * @param messageId its {@code JMSMessageID}, empty if the sender wants none
 * @param correlationId what its end is sent under: its {@code JMSCorrelationID}, else its {@code JMSMessageID}
 * @param replyTo where its sender wants the answer, null for the response queue
 * @param properties its sender's own, which its end carries too
 * @param nanos when it was taken, by {@link System#nanoTime}
 */
record JmsRequest(
        Message original,
        byte[] body,
        String messageId,
        String correlationId,
        @Nullable Destination replyTo,
        Map<String, Object> properties,
        long nanos) {

    static final String MODEL = "SluiceModel";
    static final String STREAM = "SluiceStream";
    static final String TENANT = "SluiceTenant";
    /** Who collects the answer, if another Sluice has dispatched the request; its end goes to {@code JMSReplyTo}, whatever it is. */
    static final String COLLECTOR = "SluiceCollector";
    /** The path of the {@link Api} that a dispatched request is for, if it is not a chat. */
    static final String API = "SluiceApi";
    /** Until when a dispatched request must be answered, in milliseconds since 1970. */
    static final String DEADLINE = "SluiceDeadline";

    private static final String PROPERTY = "SluiceJmsRequest";
    private static final String OURS = "sluice";
    /** The broker's, and what Camel would take for an order. */
    private static final List<String> FOREIGN = List.of("jms", "_", "camel", OURS);

    /** What a request asks of us, and what is known of its earlier failures. */
    private static final Set<String> KEPT =
            Set.of(MODEL, STREAM, TENANT, COLLECTOR, API, DEADLINE, DeadLetterProperties.HISTORY);

    private static final Pattern FIT_FOR_LOGS = Pattern.compile("[\\p{Graph}&&[^,;=\"]]{1,200}");

    static JmsRequest of(Message message) throws JMSException {
        String messageId = Objects.requireNonNullElse(message.getJMSMessageID(), "");
        String given = message.getJMSCorrelationID();
        return new JmsRequest(
                message,
                bytes(message),
                messageId,
                given == null || given.isEmpty() ? messageId : given,
                message.getJMSReplyTo(),
                senders(message),
                System.nanoTime());
    }

    static JmsRequest of(Exchange exchange) {
        return Objects.requireNonNull(
                exchange.getProperty(PROPERTY, JmsRequest.class), "takeJms must be the first step of the route");
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    /** Who has dispatched it, null if it is a request of anybody else. */
    @Nullable
    Object collector() {
        return replyTo == null ? null : properties.get(COLLECTOR);
    }

    boolean isText() {
        return original instanceof TextMessage || original instanceof BytesMessage;
    }

    /** The request's id in logs and pieces: the correlation id where that is one word, else the exchange's. */
    String requestId(Exchange exchange) {
        return FIT_FOR_LOGS.matcher(correlationId).matches() ? correlationId : exchange.getExchangeId();
    }

    /** What its answer carries of its properties: not what it asked for. */
    Map<String, Object> forAnswer() {
        Map<String, Object> answers = new HashMap<>(properties);
        answers.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).startsWith(OURS));
        return answers;
    }

    /** How often the broker has delivered it, this time included; 1 if it does not tell. */
    int deliveries() {
        try {
            return original.getIntProperty("JMSXDeliveryCount");
        } catch (JMSException | NumberFormatException e) {
            return 1;
        }
    }

    static byte[] bytes(Message message) throws JMSException {
        if (message instanceof TextMessage text && text.getText() != null) {
            return text.getText().getBytes(StandardCharsets.UTF_8);
        }
        if (message instanceof BytesMessage bytes) {
            byte[] body = new byte[Math.toIntExact(bytes.getBodyLength())];
            bytes.reset();
            bytes.readBytes(body);
            return body;
        }
        return new byte[0];
    }

    /** Properties of its sender's own, and what it asks of us. */
    private static Map<String, Object> senders(Message message) throws JMSException {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Object each : Collections.list(message.getPropertyNames())) {
            String name = String.valueOf(each);
            String lower = name.toLowerCase(Locale.ROOT);
            if (KEPT.contains(name) || FOREIGN.stream().noneMatch(lower::startsWith)) {
                properties.put(name, message.getObjectProperty(name));
            }
        }
        return properties;
    }
}
