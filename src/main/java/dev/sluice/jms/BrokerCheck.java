package dev.sluice.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.time.Duration;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** Whether an Artemis can be reached, lets the configured user in, and lets it look into the request queue. */
public final class BrokerCheck {

    private BrokerCheck() {}

    /**
     * Takes no message.
     *
     * @param settings the embedded broker is asked by its socket
     * @param patience for each step
     * @throws JMSException what does not work
     */
    public static void run(BrokerSettings settings, QueueNames queues, Duration patience) throws JMSException {
        String url = settings.embedded() ? settings.socket() : settings.url();
        try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url)) {
            factory.setInitialConnectAttempts(1);
            factory.setReconnectAttempts(0);
            factory.setCallTimeout(patience.toMillis());
            factory.setCallFailoverTimeout(patience.toMillis());
            try (Connection connection = settings.user().isEmpty()
                            ? factory.createConnection()
                            : factory.createConnection(settings.user(), settings.password());
                    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                    QueueBrowser browser = session.createBrowser(session.createQueue(queues.request()))) {
                browser.getEnumeration().hasMoreElements();
            }
        }
    }
}
