package dev.sluice.call;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.support.RoutePolicySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses the routes that name it as their {@code routePolicy} while the upstream is down: their consumers take nothing, until
 * it is time to ask the upstream again. A message that is taken then is the one that asks; if in vain, they pause anew. Once
 * Sluice stops, nothing is resumed.
 */
public final class PauseWhileDown extends RoutePolicySupport {
    private static final Logger LOG = LoggerFactory.getLogger(PauseWhileDown.class);

    private final Outage outage;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private final Set<Route> routes = ConcurrentHashMap.newKeySet();

    /** @param timer its tasks must not block; it resumes consumers */
    public PauseWhileDown(Outage outage, ScheduledExecutorService timer, Clock clock) {
        this.outage = outage;
        this.timer = timer;
        this.clock = clock;
        outage.onChange(() -> timer.execute(this::follow));
    }

    @Override
    public void onStart(Route route) {
        routes.add(route);
    }

    @Override
    public void onRemove(Route route) {
        routes.remove(route);
    }

    private void follow() {
        Instant until = outage.downUntil().orElse(null);
        for (Route route : routes) {
            try {
                if (until == null) {
                    resume(route);
                } else {
                    suspendOrStopConsumer(route.getConsumer());
                }
            } catch (Exception e) {
                LOG.debug("route {} not {}: {}", route.getId(), until == null ? "resumed" : "paused", e.toString());
            }
        }
        if (until != null) {
            long wait = Math.max(1, Duration.between(clock.instant(), until).toMillis());
            timer.schedule(this::ask, wait, TimeUnit.MILLISECONDS);
        }
    }

    /** It is time to ask: whoever takes a message does. */
    private void ask() {
        for (Route route : routes) {
            try {
                resume(route);
            } catch (Exception e) {
                LOG.debug("route {} not resumed: {}", route.getId(), e.toString());
            }
        }
    }

    /** While Sluice stops a queue's message would come, go back and come again, until it has come too often. */
    private void resume(Route route) throws Exception {
        CamelContext camel = route.getCamelContext();
        if (!camel.isStopping() && !camel.isStopped()) {
            resumeOrStartConsumer(route.getConsumer());
        }
    }
}
