package dev.sluice.bench;

import java.util.Map;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.invm.InVMAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.main.Main;
import org.springframework.jms.connection.CachingConnectionFactory;

/**
 * The baseline for queues: JMS to HTTP to JMS in plain Camel, transacted, with an Artemis in the same JVM. It knows no
 * limit, retries nothing, and a request that fails comes back for ever.
 *
 * <p>A program of its own; arguments: the base URL of the upstream and the port of the broker.
 */
final class PlainJmsRoute extends RouteBuilder {
    private final String upstream;

    private PlainJmsRoute(String upstream) {
        this.upstream = upstream;
    }

    public static void main(String[] args) throws Exception {
        new EmbeddedActiveMQ().setConfiguration(configuration(args[1])).start();
        CachingConnectionFactory connections = new CachingConnectionFactory(new ActiveMQConnectionFactory("vm://0"));
        connections.setSessionCacheSize(Contender.AT_ONCE);
        connections.setCacheConsumers(false);
        Main main = new Main();
        main.addInitialProperty("camel.main.auto-configuration-log-summary", "false");
        main.addInitialProperty("camel.component.http.automatic-retries-disabled", "true");
        main.addInitialProperty("camel.component.http.connections-per-route", Integer.toString(Contender.AT_ONCE));
        main.bind("jms", JmsComponent.jmsComponentAutoAcknowledge(connections));
        main.configure().addRoutesBuilder(new PlainJmsRoute(args[0]));
        main.run();
    }

    @Override
    public void configure() {
        fromF(
                        "jms:queue:chat.requests?transacted=true&cacheLevelName=CACHE_CONSUMER&concurrentConsumers=%d",
                        Contender.AT_ONCE)
                .setHeader(Exchange.HTTP_METHOD, constant("POST"))
                .setHeader(Exchange.CONTENT_TYPE, constant("application/json"))
                .toF("%s/chat/completions", upstream)
                .convertBodyTo(String.class)
                .to("jms:queue:chat.responses?transacted=true");
    }

    private static ConfigurationImpl configuration(String port) throws Exception {
        ConfigurationImpl configuration = new ConfigurationImpl();
        configuration
                .setBindingsDirectory("broker/bindings")
                .setJournalDirectory("broker/journal")
                .setPagingDirectory("broker/paging")
                .setLargeMessagesDirectory("broker/large")
                .setJournalType(JournalType.NIO)
                .setSecurityEnabled(false)
                .setJMXManagementEnabled(false)
                .addAcceptorConfiguration(
                        new TransportConfiguration(InVMAcceptorFactory.class.getName(), Map.of("serverId", "0"), "vm"))
                .addAcceptorConfiguration(new TransportConfiguration(
                        NettyAcceptorFactory.class.getName(), Map.of("host", "127.0.0.1", "port", port), "tcp"));
        return configuration;
    }
}
