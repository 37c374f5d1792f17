package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.server.ActiveMQComponent;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.impl.ActiveMQServerImpl;
import org.apache.activemq.artemis.protocol.amqp.broker.ProtonProtocolManagerFactory;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that is reached by AMQP 1.0, through the connection factory that docs/jms.md shows. */
class JmsAmqpTest {
    @TempDir
    Path data;

    private ActiveMQServer broker;
    private String url;

    @BeforeEach
    void startBroker() throws Exception {
        Configuration configuration = new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .setJMXManagementEnabled(false)
                .setResolveProtocols(false)
                .addAcceptorConfiguration(new TransportConfiguration(
                        NettyAcceptorFactory.class.getName(),
                        Map.of("host", "127.0.0.1", "port", "0", "protocols", "AMQP"),
                        "amqp"));
        broker = new ActiveMQServerImpl(configuration);
        broker.addProtocolManagerFactory(new OnlyMessages());
        broker.start();
        url = "amqp://127.0.0.1:%d"
                .formatted(((NettyAcceptor) broker.getRemotingService().getAcceptor("amqp")).getActualPort());
    }

    /** AMQP without the mirroring between brokers, which is of another version than the broker. */
    private static final class OnlyMessages extends ProtonProtocolManagerFactory {
        @Override
        public void loadProtocolServices(ActiveMQServer server, List<ActiveMQComponent> services) {
            // none
        }
    }

    @AfterEach
    void stopBroker() throws Exception {
        broker.stop();
    }

    @Test
    void requestsAreAnsweredByAmqp() throws Exception {
        Map<String, String> settings = Map.of(
                "intakes", "jms",
                "folder.model", "sandbox-echo",
                "camel.beans.jmsConnectionFactory", "#class:org.apache.qpid.jms.JmsConnectionFactory",
                "camel.beans.jmsConnectionFactory.remoteURI", url + "?jms.prefetchPolicy.all=0");
        try (Queues queues = Queues.by(new JmsConnectionFactory(url));
                Node node = Node.start(data, settings)) {
            queues.send("from afar", "prompt");
            assertThat(Queues.text(queues.take(Queues.RESPONSES, "prompt"))).contains("from afar");

            queues.send("in pieces", message -> {
                message.setJMSCorrelationID("stream");
                message.setBooleanProperty("SluiceStream", true);
                message.setStringProperty("order", "o-17");
            });
            Message answer = queues.take(Queues.RESPONSES, "stream");
            assertThat(answer.getStringProperty("order")).isEqualTo("o-17");
            assertThat(queues.take(Queues.PIECES, "stream").getIntProperty("SluiceIndex"))
                    .isZero();

            queues.send(JMSContext::createMapMessage, message -> message.setJMSCorrelationID("map"));
            assertThat(queues.take(Queues.DEAD, "map").getStringProperty("SluiceCode"))
                    .isEqualTo("unsupported_message_type");

            queues.send("do it once", "twice");
            queues.take(Queues.RESPONSES, "twice");
            queues.send("do it once", "twice");
            queues.send("the end", "after twice");
            queues.take(Queues.RESPONSES, "after twice");
            assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
            assertThat(node.camel().getRoute("intake-jms")).isNotNull();
        }
    }
}
