package dev.sluice;

import dev.sluice.batch.BatchFiles;
import dev.sluice.jms.AskQueue;
import dev.sluice.jms.AwaitAnswer;
import dev.sluice.jms.CollectAnswer;
import dev.sluice.jms.CollectorLock;
import dev.sluice.jms.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wiring of {@code dispatch=jms}: messages of folders and batches go on the queue, and the one of the nodes that share
 * {@code dispatch.folder} which holds its lock reads them and collects the answers.
 */
final class Dispatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");
    private static final String BY_QUEUE = "jms";
    private static final int LOOK_AGAIN_MS = 500;
    /** What only the collector runs. */
    private static final List<String> ROUTES = List.of("collect-jms", "intake-folder", "intake-batch");

    private final CamelContext camel;
    private final CollectorLock lock;
    private final String collector;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sluice-collector");
        thread.setDaemon(true);
        return thread;
    });

    private Dispatch(CamelContext camel, CollectorLock lock, String collector) {
        this.camel = camel;
        this.lock = lock;
        this.collector = collector;
    }

    static boolean isByQueue(Settings settings) {
        return settings.text("dispatch").equals(BY_QUEUE);
    }

    /** How many messages this node may have in hand at once. */
    static int atOnce(Settings settings) {
        return settings.integer(
                isByQueue(settings) ? "dispatch.max-outstanding" : "throttle.max-concurrent", 1, 100_000);
    }

    /** Fails if there is no such dispatch, or it cannot do what else is configured. */
    static void check(Settings settings, Path routes) {
        String name = settings.text("dispatch");
        if (!name.matches("[a-z0-9-]+") || !Files.exists(routes.resolve("dispatch-%s.camel.yaml".formatted(name)))) {
            throw Settings.wrong(
                    "dispatch", name, "direct, jms, or what %s has a dispatch-<name>.camel.yaml for".formatted(routes));
        }
        if (isByQueue(settings) && settings.yes("folder.pieces")) {
            throw Settings.wrong(
                    "folder.pieces", "true", "false with dispatch=jms: pieces are not collected from the queue");
        }
    }

    /** What {@code sluice batch} sets for itself: it collects its own answers, from a broker that others reach too. */
    static Map<String, String> ofBatch(Settings settings, BatchFiles files) {
        if (!isByQueue(settings)) {
            return Map.of();
        }
        if (JmsSettings.broker(settings).embedded() && !JmsSettings.isForeign(settings)) {
            throw Settings.wrong("jms.broker-url", "", "a broker that the nodes take requests from, for dispatch=jms");
        }
        if (files.toStandardOutput()) {
            throw Settings.wrong("dispatch", BY_QUEUE, "direct if the answers go to standard output");
        }
        return Map.of(
                "dispatch.folder",
                files.output() + ".dispatch",
                "dispatch.collector",
                ""); // by another's name, each would get answers of the other
    }

    /** What Camel must not start by itself: what was excluded before, and what only the collector runs. */
    private static String excluded(Settings settings) {
        String before = settings.text("camel.main.auto-startup-exclude-pattern");
        return (before.isEmpty() ? "" : before + ",") + String.join(",", ROUTES);
    }

    /** Binds what the routes name, if it is wanted. */
    static void bindIfByQueue(Wiring to) {
        if (!isByQueue(to.settings())) {
            return;
        }
        Path folder = to.settings().path("dispatch.folder");
        try {
            CollectorLock lock = new CollectorLock(folder);
            String named = to.settings().text("dispatch.collector");
            Dispatch dispatch = new Dispatch(to.camel(), lock, named.isEmpty() ? lock.name() : named);
            to.closeAtEnd(dispatch);
            dispatch.bind(to, new Waiting(folder.resolve("answers"), to.clock().instant()));
        } catch (IOException e) {
            throw new Settings.ConfigurationException(
                    "dispatch.folder=%s cannot be used: %s; make it writable".formatted(folder, e));
        }
    }

    private void bind(Wiring to, Waiting waiting) {
        to.override(Map.of(
                "dispatch.collector", collector, "camel.main.auto-startup-exclude-pattern", excluded(to.settings())));
        to.onStarted(this::standBy);
        to.onStopping(waiting::stop);
        to.onStopping(timer::shutdownNow);
        to.meters().gauge("sluice.dispatched", waiting, Waiting::count);
        Duration patience = to.settings().millis("dispatch.resend-ms", 1000);
        ExecutorService goesOn = camel.getExecutorServiceManager().newCachedThreadPool(this, "collected");
        to.bind("askQueue", new AskQueue(waiting, collector, to.settings().text("dispatch.answer-queue")));
        to.bind("awaitAnswer", new AwaitAnswer(waiting, patience, goesOn));
        to.bind("collectAnswer", new CollectAnswer(waiting));
    }

    @Override
    public void close() throws IOException {
        timer.shutdownNow();
        lock.close();
    }

    private void standBy() {
        timer.scheduleWithFixedDelay(this::collectIfFree, 0, LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
    }

    private void collectIfFree() {
        if (!lock.tryTake()) {
            return;
        }
        for (String route : ROUTES) {
            try {
                if (camel.getRoute(route) != null
                        && camel.getRouteController().getRouteStatus(route).isStartable()) {
                    camel.getRouteController().startRoute(route);
                }
            } catch (Exception e) {
                LOG.warn("dispatch=jms {} does not start, it is tried again: {}", route, e.toString());
                return;
            }
        }
        LOG.info("dispatch=jms collector={}", collector);
        timer.shutdown();
    }
}
