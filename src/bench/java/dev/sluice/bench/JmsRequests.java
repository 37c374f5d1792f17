package dev.sluice.bench;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.HashSet;
import java.util.Set;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** A producer and a consumer of {@code chat.requests} and {@code chat.responses}. */
final class JmsRequests {
    private static final int COMMIT_EVERY = 500;
    private static final int PATIENCE_MS = 60_000;

    private final ActiveMQConnectionFactory broker;

    JmsRequests(String url) {
        this.broker = new ActiveMQConnectionFactory(url);
    }

    /** Sends persistent requests, each a chat body, in transactions. */
    void send(int requests) throws JMSException {
        try (Connection connection = broker.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            MessageProducer producer = session.createProducer(session.createQueue("chat.requests"));
            for (int i = 1; i <= requests; i++) {
                TextMessage message = session.createTextMessage(
                        "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Message %d: what is a sluice?\"}]}"
                                .formatted(i));
                message.setJMSCorrelationID("request-" + i);
                producer.send(message);
                if (i % COMMIT_EVERY == 0 || i == requests) {
                    session.commit();
                }
            }
        }
    }

    /** Takes that many answers, of different requests. */
    void take(int answers) throws JMSException {
        Set<String> ids = new HashSet<>();
        try (Connection connection = broker.createConnection();
                Session session = connection.createSession(false, Session.DUPS_OK_ACKNOWLEDGE)) {
            connection.start();
            MessageConsumer consumer = session.createConsumer(session.createQueue("chat.responses"));
            while (ids.size() < answers) {
                Message answer = consumer.receive(PATIENCE_MS);
                if (answer == null) {
                    throw new BenchException("%d answers of %d came, then none for %d s"
                            .formatted(ids.size(), answers, PATIENCE_MS / 1000));
                }
                if (!ids.add(answer.getJMSCorrelationID())) {
                    throw new BenchException("answered twice: " + answer.getJMSCorrelationID());
                }
            }
        }
    }
}
