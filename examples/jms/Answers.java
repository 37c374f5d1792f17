import jakarta.jms.JMSContext;
import jakarta.jms.TextMessage;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** Prints answers as they come, until nothing has come for 10 s: java -cp 'lib/*' examples/jms/Answers.java */
class Answers {
    public static void main(String[] args) throws Exception {
        try (JMSContext broker = new ActiveMQConnectionFactory("tcp://127.0.0.1:61616").createContext();
                var answers = broker.createConsumer(broker.createQueue("chat.responses"))) {
            while (answers.receive(10_000) instanceof TextMessage answer) {
                System.out.println(answer.getJMSCorrelationID() + " " + answer.getText());
            }
        }
    }
}
