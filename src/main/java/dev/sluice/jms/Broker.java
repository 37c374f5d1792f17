package dev.sluice.jms;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * The broker that requests come from: a connection factory of the user's own if there is one, else the Artemis at
 * {@code jms.broker-url}, else one inside this process. The last is started in the background, beside all else that
 * starts; whoever wants a connection waits for it.
 */
public final class Broker implements AutoCloseable {
    private final BrokerSettings settings;
    private final Supplier<@Nullable ConnectionFactory> own;
    private final @Nullable CompletableFuture<EmbeddedBroker> embedded;

    private Broker(
            BrokerSettings settings,
            Supplier<@Nullable ConnectionFactory> own,
            @Nullable CompletableFuture<EmbeddedBroker> embedded) {
        this.settings = settings;
        this.own = own;
        this.embedded = embedded;
    }

    /**
     * Begins to start a broker if one is needed.
     *
     * @param own the user's own connection factory, null if there is none; asked for the first time when a connection is
     *     wanted
     * @param mayEmbed false if the user's own will certainly be there
     */
    public static Broker open(
            BrokerSettings settings, QueueNames queues, Supplier<@Nullable ConnectionFactory> own, boolean mayEmbed) {
        if (!settings.embedded() || !mayEmbed) {
            return new Broker(settings, own, null);
        }
        CompletableFuture<EmbeddedBroker> starting = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        starting.complete(EmbeddedBroker.start(settings, queues));
                    } catch (Throwable e) { // an Error too: else everyone would wait for ever
                        starting.completeExceptionally(e);
                    }
                },
                "sluice-broker");
        thread.setDaemon(true);
        thread.start();
        return new Broker(settings, own, starting);
    }

    /** Opens a broker for as long as a command needs it. */
    @FunctionalInterface
    public interface Opening {
        Broker open() throws Exception;
    }

    /**
     * For a command beside Sluice: the broker at {@code jms.broker-url}, or the one inside the Sluice that runs. If nobody
     * listens there, it is started without Sluice, for this process only.
     */
    public static Broker borrow(BrokerSettings settings, QueueNames queues) throws Exception {
        if (settings.embedded() && !settings.listens()) {
            EmbeddedBroker started = EmbeddedBroker.startPrivately(settings, queues);
            return new Broker(settings, () -> null, CompletableFuture.completedFuture(started));
        }
        return new Broker(settings.embedded() ? settings.at(settings.socket()) : settings, () -> null, null);
    }

    /** Opens connections; cheap to make, the first connection may take until the broker has started. */
    public ConnectionFactory connections() {
        return new LazyConnectionFactory(this::factory);
    }

    @Override
    public void close() throws Exception {
        if (embedded != null && !embedded.isCompletedExceptionally()) {
            embedded.get().close();
        }
    }

    @Override
    public String toString() {
        return settings.toString();
    }

    private ConnectionFactory factory() throws JMSException {
        ConnectionFactory users = own.get();
        return users == null
                ? artemis(embedded == null ? settings.url() : started(embedded).url())
                : users;
    }

    private static EmbeddedBroker started(CompletableFuture<EmbeddedBroker> starting) throws JMSException {
        try {
            return starting.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JMSException("interrupted before the embedded broker had started");
        } catch (ExecutionException e) {
            throw new JMSException("the embedded broker did not start: " + e.getCause());
        }
    }

    /** Each consumer gets a message when it asks for one, and no class is made from what a message holds. */
    private ConnectionFactory artemis(String url) {
        ActiveMQConnectionFactory factory = settings.user().isEmpty()
                ? new ActiveMQConnectionFactory(url)
                : new ActiveMQConnectionFactory(url, settings.user(), settings.password());
        if (!url.contains("consumerWindowSize")) {
            factory.setConsumerWindowSize(0);
        }
        factory.setDeserializationDenyList("*");
        return factory;
    }
}
