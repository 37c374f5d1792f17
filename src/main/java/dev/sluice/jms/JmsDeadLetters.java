package dev.sluice.jms;

import dev.sluice.intake.DeadLetters;
import dev.sluice.intake.FailureRecord;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The dead queue: what is sent again goes back to the request queue as it came, {@value DeadLetterProperties#HISTORY} on top.
 * Taking it and sending it are one transaction a message, so of two replays at once only one gets it, and a crash leaves it
 * in one of the queues. What fails again meanwhile is not sent a second time.
 */
public final class JmsDeadLetters implements DeadLetters {
    private static final long PATIENCE_MS = 2_000;

    private final Broker.Opening broker;
    private final QueueNames queues;

    /** @param broker opened for the time of a replay */
    public JmsDeadLetters(Broker.Opening broker, QueueNames queues) {
        this.broker = broker;
        this.queues = queues;
    }

    @Override
    public String source() {
        return "jms";
    }

    @Override
    public void replay(Predicate<FailureRecord> wanted, boolean dryRun, Consumer<Replayed> told) throws IOException {
        try (Broker opened = broker.open();
                Connection connection = opened.connections().createConnection()) {
            connection.start();
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            Queue dead = session.createQueue(queues.dead());
            MessageProducer producer = session.createProducer(session.createQueue(queues.request()));
            for (String id : wanted(session, dead, wanted, dryRun ? told : replayed -> {})) {
                if (!dryRun) {
                    send(session, dead, id, producer, told);
                }
            }
        } catch (JMSException e) {
            throw new IOException("the broker says: " + e.getMessage(), e);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the broker did not end well: " + e, e);
        }
    }

    /** Message ids first: what fails again while others are sent is behind them in the queue, and would be taken twice. */
    private List<String> wanted(Session session, Queue dead, Predicate<FailureRecord> wanted, Consumer<Replayed> told)
            throws JMSException {
        List<String> ids = new ArrayList<>();
        try (QueueBrowser browser = session.createBrowser(dead)) {
            for (Enumeration<?> letters = browser.getEnumeration(); letters.hasMoreElements(); ) {
                Message letter = (Message) letters.nextElement();
                FailureRecord record = DeadLetterProperties.read(letter);
                if (wanted.test(record)) {
                    ids.add(letter.getJMSMessageID());
                    told.accept(replayed(letter, record));
                }
            }
        }
        return ids;
    }

    private void send(Session session, Queue dead, String id, MessageProducer producer, Consumer<Replayed> told)
            throws JMSException {
        try (MessageConsumer consumer = session.createConsumer(dead, "JMSMessageID = '%s'".formatted(id))) {
            Message letter = consumer.receive(PATIENCE_MS);
            if (letter == null) {
                return; // another replay, or a person, was faster
            }
            FailureRecord record = DeadLetterProperties.read(letter);
            Replayed replayed = replayed(letter, record);
            String history = DeadLetterProperties.history(letter, record);
            int priority = letter.getJMSPriority();
            Messages.makeWritable(letter, JmsRequest.of(letter));
            letter.setStringProperty(DeadLetterProperties.HISTORY, history);
            producer.send(letter, DeliveryMode.PERSISTENT, priority, 0);
            session.commit();
            told.accept(replayed);
        }
    }

    private Replayed replayed(Message letter, FailureRecord record) throws JMSException {
        String correlation = letter.getJMSCorrelationID();
        return new Replayed(
                correlation == null ? letter.getJMSMessageID() : correlation, record, "queue " + queues.request());
    }
}
