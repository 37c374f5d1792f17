package dev.sluice.jms;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.CoreAddressConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.remoting.impl.invm.InVMAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/**
 * An Artemis inside this process, with its journal on disk: so that one node needs no set-up. Sluice itself reaches it
 * without a socket, at {@link #url()}; producers and consumers by the acceptor of {@link BrokerSettings}.
 *
 * <p>What waits beyond {@value #MAX_QUEUE_BYTES} bytes a queue is on disk only, so a long queue costs no heap. A message is
 * delivered as often as it takes: what cannot be answered is Sluice's to decide. Expired messages go to the dead queue.
 */
final class EmbeddedBroker implements AutoCloseable {
    private static final long MAX_QUEUE_BYTES = 16 * 1024 * 1024;
    private static final int PAGE_BYTES = 2 * 1024 * 1024;
    private static final int JOURNAL_FILE_BYTES = 10 * 1024 * 1024;
    private static final int FULL_DISK_PERCENT = 98;
    private static final int NS_TO_GATHER_COMMITS = 500_000;
    private static final long LOCK_PATIENCE_MS = 1_000;
    private static final String ROLE = "sluice";
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final EmbeddedActiveMQ server;
    private final String url;

    private EmbeddedBroker(EmbeddedActiveMQ server, String url) {
        this.server = server;
        this.url = url;
    }

    /** Starts it; returns when it takes connections, after a second or two. */
    static EmbeddedBroker start(BrokerSettings settings, QueueNames queues) throws Exception {
        int number = NUMBERS.incrementAndGet();
        Configuration configuration = configuration(settings, queues, number)
                .addAcceptorConfiguration(new TransportConfiguration(
                        NettyAcceptorFactory.class.getName(),
                        Map.of("host", settings.host(), "port", Integer.toString(settings.port())),
                        "tcp"));
        return start(configuration, settings, number);
    }

    /** Starts it for this process only, without a socket; fails soon if another process has its folder. */
    static EmbeddedBroker startPrivately(BrokerSettings settings, QueueNames queues) throws Exception {
        int number = NUMBERS.incrementAndGet();
        return start(
                configuration(settings, queues, number).setJournalLockAcquisitionTimeout(LOCK_PATIENCE_MS),
                settings,
                number);
    }

    private static EmbeddedBroker start(Configuration configuration, BrokerSettings settings, int number)
            throws Exception {
        EmbeddedActiveMQ server = new EmbeddedActiveMQ();
        server.setConfiguration(configuration);
        if (!settings.user().isEmpty()) {
            server.setSecurityManager(users(settings));
        }
        server.start();
        if (!server.getActiveMQServer().isActive()) { // that is all it tells of a folder that is in use
            server.stop();
            throw new IOException(
                    "the broker in %s could not be started, the log says why; if a Sluice has it, jms.port must be that Sluice's"
                            .formatted(settings.folder()));
        }
        return new EmbeddedBroker(server, "vm://" + number);
    }

    /** For a connection factory in this process. */
    String url() {
        return url;
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }

    private static Configuration configuration(BrokerSettings settings, QueueNames queues, int number) {
        Path folder = settings.folder().toAbsolutePath();
        Configuration configuration = new ConfigurationImpl()
                .setName("sluice-" + number)
                .setBindingsDirectory(folder.resolve("bindings").toString())
                .setJournalDirectory(folder.resolve("journal").toString())
                .setPagingDirectory(folder.resolve("paging").toString())
                .setLargeMessagesDirectory(folder.resolve("large").toString())
                .setJournalType(JournalType.NIO)
                .setJournalFileSize(JOURNAL_FILE_BYTES)
                .setJournalBufferTimeout_NIO(NS_TO_GATHER_COMMITS)
                .setMaxDiskUsage(FULL_DISK_PERCENT)
                .setSecurityEnabled(!settings.user().isEmpty())
                .setJMXManagementEnabled(false)
                .setResolveProtocols(false) // its own client's only, whatever else lies on the class path
                .setMessageCounterEnabled(false)
                .addAcceptorConfiguration(new TransportConfiguration(
                        InVMAcceptorFactory.class.getName(), Map.of("serverId", Integer.toString(number)), "sluice"))
                .addAddressSetting("#", addressSettings(queues))
                .putSecurityRoles(
                        "#",
                        Set.of(new Role(ROLE, true, true, true, true, true, true, true, true, true, true, true, true)));
        configuration.setCriticalAnalyzer(false);
        for (String queue : Set.of(queues.request(), queues.response(), queues.piece(), queues.dead())) {
            configuration.addAddressConfiguration(address(queue));
        }
        return configuration;
    }

    private static AddressSettings addressSettings(QueueNames queues) {
        return new AddressSettings()
                .setMaxDeliveryAttempts(-1)
                .setRedeliveryDelay(0)
                .setDeadLetterAddress(SimpleString.of(queues.dead()))
                .setExpiryAddress(SimpleString.of(queues.dead()))
                .setAddressFullMessagePolicy(AddressFullMessagePolicy.PAGE)
                .setMaxSizeBytes(MAX_QUEUE_BYTES)
                .setPageSizeBytes(PAGE_BYTES)
                .setDefaultQueueRoutingType(RoutingType.ANYCAST)
                .setDefaultAddressRoutingType(RoutingType.ANYCAST);
    }

    private static CoreAddressConfiguration address(String queue) {
        return new CoreAddressConfiguration()
                .setName(queue)
                .addRoutingType(RoutingType.ANYCAST)
                .addQueueConfig(QueueConfiguration.of(queue)
                        .setAddress(queue)
                        .setRoutingType(RoutingType.ANYCAST)
                        .setDurable(true));
    }

    private static ActiveMQJAASSecurityManager users(BrokerSettings settings) {
        SecurityConfiguration users = new SecurityConfiguration();
        users.addUser(settings.user(), settings.password());
        users.addRole(settings.user(), ROLE);
        return new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users);
    }
}
