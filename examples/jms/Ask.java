import jakarta.jms.JMSContext;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** Sends each argument as a prompt: java -cp 'lib/*' examples/jms/Ask.java 'What is a sluice?' */
class Ask {
    public static void main(String[] prompts) {
        try (JMSContext broker = new ActiveMQConnectionFactory("tcp://127.0.0.1:61616").createContext()) {
            for (String prompt : prompts) {
                broker.createProducer()
                        .setJMSCorrelationID("ask-" + prompt.hashCode())
                        .send(broker.createQueue("chat.requests"), prompt);
            }
        }
    }
}
