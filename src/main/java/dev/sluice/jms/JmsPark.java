package dev.sluice.jms;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.jms.core.JmsTemplate;

/**
 * Puts a request back into its queue until it makes sense to try it again: the same message once more, with a delivery
 * delay (JMS 2.0), in the transaction in which it was taken. The time is in its property {@code SluiceNotBefore}.
 */
public final class JmsPark implements Processor {
    private final JmsTemplate template;
    private final String queue;
    private final Clock clock;

    /**
     * @param template of the connection factory that the intake consumes by, so that both share a transaction
     * @param queue the request queue
     */
    public JmsPark(JmsTemplate template, String queue, Clock clock) {
        this.template = template;
        this.queue = queue;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) {
        JmsRequest request = JmsRequest.of(exchange);
        Instant notBefore = Objects.requireNonNull(
                exchange.getProperty(JmsFailure.NOT_BEFORE, Instant.class), JmsFailure.NOT_BEFORE);
        template.execute(queue, (session, producer) -> {
            send(request, notBefore, producer);
            return null;
        });
    }

    private void send(JmsRequest request, Instant notBefore, MessageProducer producer) throws JMSException {
        Message message = request.original();
        long expires = message.getJMSExpiration();
        long timeToLive = expires == 0 ? 0 : Math.max(1, expires - clock.millis());
        int priority = message.getJMSPriority();
        Messages.makeWritable(message, request);
        message.setStringProperty(JmsFailure.NOT_BEFORE, notBefore.toString());
        producer.setDeliveryDelay(
                Math.max(0, Duration.between(clock.instant(), notBefore).toMillis()));
        producer.send(message, jakarta.jms.DeliveryMode.PERSISTENT, priority, timeToLive);
    }
}
