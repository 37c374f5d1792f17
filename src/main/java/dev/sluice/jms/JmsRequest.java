package dev.sluice.jms;

import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A message of the request queue while it is in hand.
 *
 * @param original as it was received
 * @param messageId its {@code JMSMessageID}
 * @param correlationId what its end is sent under: its {@code JMSCorrelationID}, else its {@code JMSMessageID}
 * @param replyTo where its sender wants the answer, null for the response queue
 * @param properties its sender's own, which its end carries too
 * @param nanos when it was taken, by {@link System#nanoTime}
 */
record JmsRequest(
        Message original,
        String messageId,
        String correlationId,
        @Nullable Destination replyTo,
        Map<String, Object> properties,
        long nanos) {

    private static final String PROPERTY = "SluiceJmsRequest";
    private static final String OURS = "sluice";
    /** The broker's, and what Camel would take for an order. */
    private static final List<String> FOREIGN = List.of("jms", "_", "camel", OURS);

    private static final Pattern FIT_FOR_LOGS = Pattern.compile("[\\p{Graph}&&[^,;=\"]]{1,200}");

    static JmsRequest of(Message message) throws JMSException {
        String messageId = Objects.requireNonNullElse(message.getJMSMessageID(), "");
        String given = message.getJMSCorrelationID();
        return new JmsRequest(
                message,
                messageId,
                given == null || given.isEmpty() ? messageId : given,
                message.getJMSReplyTo(),
                senders(message),
                System.nanoTime());
    }

    static JmsRequest of(Exchange exchange) {
        return Objects.requireNonNull(
                exchange.getProperty(PROPERTY, JmsRequest.class), "readJms must be the first step of the route");
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
    }

    /** The request's id in logs and pieces: the correlation id where that is one word, else the exchange's. */
    String requestId(Exchange exchange) {
        return FIT_FOR_LOGS.matcher(correlationId).matches() ? correlationId : exchange.getExchangeId();
    }

    /** What its answer carries of them: not what it asked for. */
    Map<String, Object> forAnswer() {
        Map<String, Object> answers = new HashMap<>(properties);
        answers.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).startsWith(OURS));
        return answers;
    }

    /** Properties of its sender's own, and what it asks of us. */
    private static Map<String, Object> senders(Message message) throws JMSException {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Object each : Collections.list(message.getPropertyNames())) {
            String name = String.valueOf(each);
            String lower = name.toLowerCase(Locale.ROOT);
            boolean asks = name.equals(ReadJms.MODEL) || name.equals(ReadJms.STREAM) || name.equals(ReadJms.TENANT);
            if (asks || FOREIGN.stream().noneMatch(lower::startsWith)) {
                properties.put(name, message.getObjectProperty(name));
            }
        }
        return properties;
    }
}
