package dev.sluice;

import dev.sluice.intake.Prompts;
import dev.sluice.intake.Tally;
import dev.sluice.jms.Answered;
import dev.sluice.jms.Broker;
import dev.sluice.jms.BrokerSettings;
import dev.sluice.jms.InHand;
import dev.sluice.jms.JmsAnswer;
import dev.sluice.jms.JmsFailure;
import dev.sluice.jms.JmsPark;
import dev.sluice.jms.Messages;
import dev.sluice.jms.QueueNames;
import dev.sluice.jms.ReadJms;
import dev.sluice.jms.TakeJms;
import jakarta.jms.ConnectionFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsConsumer;
import org.apache.camel.component.jms.JmsHeaderFilterStrategy;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.listener.DefaultMessageListenerContainer;

/** The wiring of queues: the broker, the component {@code jms} by which routes reach it, and what the routes name. */
final class JmsBeans implements AutoCloseable {
    /** A connection factory of the user's own; any other broker than an Artemis needs one. */
    static final String CONNECTION_FACTORY = "jmsConnectionFactory";

    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    private final CamelContext camel;
    private final Settings settings;
    private final QueueNames queues;
    private final Broker broker;
    private final CachingConnectionFactory connections;
    private final InHand inHand;

    /**
     * Begins to start the embedded broker, if that is the one.
     *
     * @param override takes settings that win over every other source
     */
    JmsBeans(CamelContext camel, Settings settings, Consumer<Map<String, String>> override) {
        this.camel = camel;
        this.settings = settings;
        this.queues = JmsSettings.queues(settings);
        boolean users = !settings.text("camel.beans." + CONNECTION_FACTORY).isEmpty();
        BrokerSettings at = brokerSettings(!users);
        override.accept(Map.of("jms.port", Integer.toString(at.port())));
        this.broker = Broker.open(
                at,
                queues,
                () -> camel.getRegistry().lookupByNameAndType(CONNECTION_FACTORY, ConnectionFactory.class),
                !users);
        this.inHand = InHand.open(settings.path("jms.folder"));
        this.connections = new CachingConnectionFactory(broker.connections());
        connections.setCacheConsumers(false);
        connections.setSessionCacheSize(settings.integer("jms.max-concurrent", 1, 100_000) + 1);
        camel.addComponent("jms", component(connections));
        LOG.info("jms queue={} broker={}", queues.request(), users ? CONNECTION_FACTORY : at);
    }

    /** Null if neither the intake nor the dispatch by queue is chosen; else its broker begins to start. */
    static @Nullable JmsBeans ifWanted(
            CamelContext camel,
            Settings settings,
            Consumer<Map<String, String>> override,
            Consumer<AutoCloseable> started) {
        boolean intake = Intakes.chosen(settings.text("intakes")).contains("jms");
        if (!intake && !Dispatch.isByQueue(settings)) {
            return null;
        }
        JmsBeans jms = new JmsBeans(camel, settings, override);
        started.accept(jms);
        if (intake) {
            camel.getRegistry().bind("sluice-jms", new IntakeHealth("jms", jms::ready));
        }
        return jms;
    }

    /**
     * What routes name.
     *
     * @param redis the client, empty while there is no connection
     */
    Map<String, Object> beans(Supplier<Optional<RedissonClient>> redis, Tally tally, Clock clock) {
        Prompts prompts = new Prompts(settings.text("folder.model"), settings.text("folder.system-prompt"));
        JmsTemplate template = new JmsTemplate(connections);
        template.setSessionTransacted(true);
        Answered answered = new Answered(redis, queues.request(), settings.millis("jms.duplicates-within-ms", 0));
        int maxDeliveries = settings.integer("jms.max-deliveries", 1, Integer.MAX_VALUE);
        return Map.of(
                "takeJms", new TakeJms(inHand, answered, maxDeliveries, tally, clock),
                "readJms", new ReadJms(prompts, settings.integer("jms.max-bytes", 1, 1 << 30)),
                "jmsAnswer", new JmsAnswer(answered, tally),
                "jmsFailure", new JmsFailure(answered, tally, clock),
                "jmsPark", new JmsPark(template, queues.request(), clock));
    }

    /** After the routes have stopped. */
    @Override
    public void close() throws Exception {
        connections.destroy();
        broker.close();
        inHand.close();
    }

    private boolean ready() {
        Route route = camel.getRoute("intake-jms");
        return route != null
                && route.getConsumer() instanceof JmsConsumer consumer
                && (consumer.isSuspended() || receives(consumer)); // it pauses: sluice-upstream tells why
    }

    private static boolean receives(JmsConsumer consumer) {
        return container(consumer) instanceof DefaultMessageListenerContainer container
                && container.isRunning()
                && container.getActiveConsumerCount() > 0
                && !container.isRecovering();
    }

    private static @Nullable Object container(JmsConsumer consumer) {
        try {
            return consumer.getListenerContainer();
        } catch (Exception e) { // it cannot be made
            return null;
        }
    }

    private static JmsComponent component(ConnectionFactory connections) {
        JmsComponent component = new JmsComponent();
        component.setConnectionFactory(connections);
        component.getConfiguration().setMessageConverter(new Messages());
        JmsHeaderFilterStrategy headers = new JmsHeaderFilterStrategy();
        headers.setLowerCase(true); // else CAMEL… of a message would pass as one of Camel's own
        component.setHeaderFilterStrategy(headers);
        return component;
    }

    private BrokerSettings brokerSettings(boolean ours) {
        BrokerSettings broker = JmsSettings.broker(settings);
        if (ours && broker.embedded()) {
            requireLoopback(broker.host(), broker.user());
            return broker.on(FreePort.of("jms", broker.host(), broker.port()));
        }
        return broker;
    }

    private static void requireLoopback(String host, String user) {
        try {
            if (user.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
                throw Settings.wrong("jms.host", host, "a loopback address as long as jms.user is empty");
            }
        } catch (UnknownHostException e) {
            throw Settings.wrong("jms.host", host, "the name or address of this machine");
        }
    }
}
