package dev.sluice.jms;

import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Map;
import org.springframework.jms.support.converter.MessageConversionException;
import org.springframework.jms.support.converter.MessageConverter;

/**
 * What Sluice puts into messages and takes out of them: text. No class is ever made from what a message holds; a message that
 * was received can be sent again as it is, whatever its type.
 */
public final class Messages implements MessageConverter {

    @Override
    public Message toMessage(Object body, Session session) throws JMSException {
        if (body instanceof Message received) {
            received.clearProperties(); // else they could not be set
            received.setJMSExpiration(0); // what is kept is kept
            received.setJMSDeliveryMode(DeliveryMode.PERSISTENT);
            return received;
        }
        if (body instanceof byte[] bytes) {
            var message = session.createBytesMessage();
            message.writeBytes(bytes);
            return message;
        }
        return session.createTextMessage(String.valueOf(body));
    }

    @Override
    public Object fromMessage(Message message) {
        throw new MessageConversionException("bodies of messages are read by readJms only");
    }

    /** Makes a message that was received one that can be sent: its properties can be set, and are what its sender set. */
    static void makeWritable(Message message, JmsRequest request) throws JMSException {
        message.clearProperties();
        if (!request.correlationId()
                .isEmpty()) { // else its answer would go by the id of this sending, which nobody knows
            message.setJMSCorrelationID(request.correlationId());
        }
        for (Map.Entry<String, Object> property : request.properties().entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
    }
}
