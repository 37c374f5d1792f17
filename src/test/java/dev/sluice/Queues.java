package dev.sluice;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.Destination;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.awaitility.Awaitility;

/** A client of a broker, as a program of a user's would be: it sends requests and takes what comes of them. */
final class Queues implements AutoCloseable {
    static final String REQUESTS = "chat.requests";
    static final String RESPONSES = "chat.responses";
    static final String PIECES = "chat.pieces";
    static final String DEAD = "chat.dead";

    private static final long PATIENCE_MS = 30_000;

    private final JMSContext context;

    private Queues(ConnectionFactory factory) {
        this.context = factory.createContext();
    }

    /** By whatever client. */
    static Queues by(ConnectionFactory factory) {
        return new Queues(factory);
    }

    static Queues at(String url) {
        return new Queues(new ActiveMQConnectionFactory(url));
    }

    static Queues at(String url, String user, String password) {
        return new Queues(new ActiveMQConnectionFactory(url, user, password));
    }

    /** The embedded broker of a node; waits until it has started. */
    static Queues of(Node node) {
        awaitReady(node);
        return at("tcp://127.0.0.1:" + node.camel().resolvePropertyPlaceholders("{{jms.port}}"));
    }

    static void awaitReady(Node node) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Http.get(node.manage() + "/observe/health").statusCode() == 200);
    }

    JMSContext context() {
        return context;
    }

    /** What a sender does to a message before it is sent. */
    @FunctionalInterface
    interface Dress {
        void accept(Message message) throws JMSException;
    }

    void send(String text, String correlationId) throws JMSException {
        send(text, message -> message.setJMSCorrelationID(correlationId));
    }

    void send(String text, Dress dress) throws JMSException {
        send(c -> c.createTextMessage(text), dress);
    }

    void send(Function<JMSContext, Message> make, Dress dress) throws JMSException {
        Message message = make.apply(context);
        dress.accept(message);
        context.createProducer().send(context.createQueue(REQUESTS), message);
    }

    /** The next message of a queue; waits for it. */
    Message take(String queue) {
        return take(context.createQueue(queue), null);
    }

    /** The next message under a correlation id. */
    Message take(String queue, String correlationId) {
        return take(context.createQueue(queue), "JMSCorrelationID='" + correlationId + "'");
    }

    Message take(Destination destination, String selector) {
        try (var consumer = context.createConsumer(destination, selector)) {
            Message message = consumer.receive(PATIENCE_MS);
            if (message == null) {
                throw new AssertionError("nothing came to %s within %d ms".formatted(destination, PATIENCE_MS));
            }
            return message;
        }
    }

    /** What is in a queue now. */
    List<Message> waiting(String queue) throws JMSException {
        try (QueueBrowser browser = context.createBrowser(context.createQueue(queue))) {
            List<Message> messages = new ArrayList<>();
            for (Object message : Collections.list(browser.getEnumeration())) {
                messages.add((Message) message);
            }
            return messages;
        }
    }

    static String text(Message message) throws JMSException {
        return ((TextMessage) message).getText();
    }

    @Override
    public void close() {
        context.close();
    }
}
