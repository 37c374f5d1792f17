package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that are not a part of the node. */
class JmsNodesTest {
    @TempDir
    Path data;

    @Test
    void aConnectionFactoryOfTheConfigurationTakesThePlaceOfTheBroker() throws Exception {
        try (Node keeper = Node.start(data.resolve("keeper"), Map.of("intakes", "jms", "jms.request-queue", "unused"));
                Queues queues = Queues.of(keeper);
                Node worker = Node.start(
                        data.resolve("worker"),
                        Map.of(
                                "intakes",
                                "jms",
                                "folder.model",
                                "sandbox-echo",
                                "camel.beans.jmsConnectionFactory",
                                "#class:org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory",
                                "camel.beans.jmsConnectionFactory.brokerURL",
                                "tcp://127.0.0.1:" + keeper.camel().resolvePropertyPlaceholders("{{jms.port}}")
                                        + "?consumerWindowSize=0"))) {
            queues.send("from afar", "bean");

            assertThat(Queues.text(queues.take(Queues.RESPONSES, "bean"))).contains("from afar");
            assertThat(worker.camel().getRegistry().lookupByName("jmsConnectionFactory"))
                    .isNotNull();
        }
    }

    @Test
    void anotherNodesBrokerIsReachedByItsUrl() throws Exception {
        Map<String, String> kept =
                Map.of("intakes", "jms", "jms.request-queue", "unused", "jms.user", "sluice", "jms.password", "secret");
        try (Node keeper = Node.start(data.resolve("keeper"), kept)) {
            Queues.awaitReady(keeper);
            String url = "tcp://127.0.0.1:" + keeper.camel().resolvePropertyPlaceholders("{{jms.port}}");
            try (Queues queues = Queues.at(url, "sluice", "secret");
                    Node worker = Node.start(
                            data.resolve("worker"),
                            Map.of(
                                    "intakes", "jms",
                                    "folder.model", "sandbox-echo",
                                    "jms.broker-url", url,
                                    "jms.user", "sluice",
                                    "jms.password", "secret"))) {
                queues.send("with a password", "url");

                assertThat(Queues.text(queues.take(Queues.RESPONSES, "url"))).contains("with a password");
                assertThat(worker.camel().getRoute("intake-jms")).isNotNull();
            }
        }
    }
}
