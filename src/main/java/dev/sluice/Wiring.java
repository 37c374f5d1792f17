package dev.sluice;

import dev.sluice.admit.WaitTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.SimpleEventNotifierSupport;
import org.apache.camel.util.concurrent.ThreadType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every part of Sluice is made from (configuration, metrics, clock, ids), and where it puts what it makes: beans that
 * routes name, health, settings that turn out at the start, and what is to be done at the end.
 */
final class Wiring {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    private final CamelContext camel;
    private final Settings settings;
    private final Clock clock;
    private final MeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<String> ids = () -> UUID.randomUUID().toString();
    private final Properties overriding = new Properties();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    /** @param overrides settings that win over every other source */
    Wiring(CamelContext camel, Map<String, String> overrides, Clock clock) {
        this.camel = camel;
        this.clock = clock;
        Environment.replaceCamels((PropertiesComponent) camel.getPropertiesComponent());
        override(overrides);
        this.settings = new Settings(
                key -> camel.getPropertiesComponent().resolveProperty(key).orElse(null));
        camel.getRegistry().bind(MicrometerConstants.METRICS_REGISTRY_NAME, meters);
    }

    CamelContext camel() {
        return camel;
    }

    Settings settings() {
        return settings;
    }

    Clock clock() {
        return clock;
    }

    MeterRegistry meters() {
        return meters;
    }

    /** New names of requests. */
    Supplier<String> ids() {
        return ids;
    }

    /** Routes may name the bean from now on. */
    void bind(String name, Object bean) {
        if (!BeanNames.ALL.contains(name)) {
            throw new IllegalArgumentException(name + " must be among the names that routes may refer to");
        }
        camel.getRegistry().bind(name, bean);
    }

    /** The same for several, by their names. */
    void bind(Map<String, Object> beans) {
        beans.forEach(this::bind);
    }

    /** Health asks this, too. */
    void health(String name, HealthCheck check) {
        camel.getRegistry().bind("sluice-" + name, check);
    }

    /** Settings that win over every other source from now on. */
    void override(Map<String, String> values) {
        overriding.putAll(values);
        camel.getPropertiesComponent().setOverrideProperties(overriding);
    }

    /** A timer that ends with Sluice. */
    WaitTimer timer(WaitTimer timer) {
        closeAtEnd(timer::shutdownNow);
        return timer;
    }

    /** Threads that mostly wait, a task each, up to a number; virtual from JDK 21 on. They end with Sluice. */
    ExecutorService threads(String name, int most) {
        if (ThreadType.current() == ThreadType.VIRTUAL) {
            return camel.getExecutorServiceManager().newThreadPool(this, name, most, most);
        }
        CallThreads threads = new CallThreads(name, most);
        closeAtEnd(threads::shutdownNow);
        return threads;
    }

    /** Runs when all routes have started. */
    void onStarted(Runnable action) {
        on(CamelEvent.CamelContextStartedEvent.class, action);
    }

    /** Runs as soon as Sluice begins to stop, before its routes are asked to end. */
    void onStopping(Runnable action) {
        on(CamelEvent.CamelContextStoppingEvent.class, action);
    }

    /** Is closed after the routes have stopped, before all that was named earlier. */
    void closeAtEnd(AutoCloseable service) {
        started.push(service);
    }

    /** Closes what was to be closed at the end. */
    void close() {
        for (AutoCloseable service : started) {
            try {
                service.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly: {}", service, e.toString());
            }
        }
    }

    private void on(Class<? extends CamelEvent> what, Runnable action) {
        SimpleEventNotifierSupport notifier = new SimpleEventNotifierSupport() {
            @Override
            public boolean isEnabled(CamelEvent event) {
                return what.isInstance(event);
            }

            @Override
            public void notify(CamelEvent event) {
                action.run();
            }
        };
        notifier.setIgnoreExchangeEvents(true); // else Camel looks at each step of each message whether it is one
        camel.getManagementStrategy().addEventNotifier(notifier);
    }
}
