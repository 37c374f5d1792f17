package dev.sluice;

import dev.sluice.admit.WaitTimer;
import dev.sluice.call.Judge;
import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.Tally;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wiring, stage by stage: makes the beans that the routes name, from the configuration, before the routes are read;
 * and closes what it started, last first, after they have stopped.
 */
final class Beans extends MainListenerSupport {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    private final Path routes;
    private final Map<String, String> overrides;
    private final Clock clock;
    private final Supplier<WaitTimer> retryTimers;
    private final DoubleSupplier random;
    private @Nullable Wiring wiring;

    /** @param overrides settings that win over every other source */
    Beans(Path routes, Map<String, String> overrides) {
        this(routes, overrides, Clock.systemUTC(), () -> new WaitTimer("retries"), () -> ThreadLocalRandom.current()
                .nextDouble());
    }

    /**
     * By another time.
     *
     * @param clock tells deadlines, and dates of the upstream
     * @param retryTimers where retries wait
     * @param random jitter of these waits, from 0 to 1
     */
    Beans(
            Path routes,
            Map<String, String> overrides,
            Clock clock,
            Supplier<WaitTimer> retryTimers,
            DoubleSupplier random) {
        this.routes = routes;
        this.overrides = overrides;
        this.clock = clock;
        this.retryTimers = retryTimers;
        this.random = random;
    }

    @Override
    public void beforeConfigure(BaseMainSupport main) {
        Wiring to = new Wiring(main.getCamelContext(), overrides, clock);
        wiring = to;
        RouteSettings.check(to.settings(), routes);
        Dispatch.check(to.settings(), routes);
        boolean sandboxed = to.settings().text("upstream.url").isEmpty();
        String upstream =
                sandboxed ? sandbox(to) : UpstreamUrl.check(to.settings().text("upstream.url"));
        to.override(Map.of("upstream.url", upstream));
        FolderSettings folder = Folders.from(to.settings());
        if (sandboxed && Intakes.chosen(to.settings().text("intakes")).contains("folder")) {
            Folders.fillOnFirstRun(folder, routes.resolveSibling("examples").resolve("inbox"));
        }
        Tally tally = new Tally(to.meters(), clock, Folders.hints(folder, sandboxed));
        WaitTimer slots = to.timer(new WaitTimer("slots"));

        JmsBeans jms = JmsBeans.ifWanted(to.camel(), to.settings(), to::override, to::closeAtEnd);
        Dispatch.bindIfByQueue(to);
        new BatchBeans(to).bind();
        Limiting limiting = AdmitBeans.bind(to, slots);
        FolderBeans.bind(to, folder, limiting::redis, tally);
        if (jms != null) {
            to.bind(jms.beans(limiting::redis, tally, clock));
        }
        Judge judge = new CallBeans(to, tally).bind(slots, limiting.link(), to.timer(retryTimers.get()), random);
        new RestBeans(to).bind(tally, judge, limiting.sharedRedis());
        ProgressBeans.bind(to, folder, tally, limiting::redis);
        LOG.info(
                "Sluice {}: upstream={} health={} java={}",
                Version.get(),
                sandboxed ? "sandbox " + upstream : upstream,
                health(to),
                Runtime.version().feature());
    }

    @Override
    public void beforeStop(BaseMainSupport main) {
        LOG.info("stopping: calls in flight may end, everything else stays where it is");
    }

    @Override
    public void afterStop(BaseMainSupport main) {
        if (wiring != null) {
            wiring.close();
        }
    }

    private static String sandbox(Wiring to) {
        Sandbox sandbox = Sandbox.start(SandboxConfig.from(to.settings()::text));
        to.closeAtEnd(sandbox);
        return sandbox.url().toString();
    }

    /** Where health will be, once its port is known to be free. */
    private static String health(Wiring to) {
        Settings settings = to.settings();
        if (!settings.yes("camel.management.enabled")) {
            return "off";
        }
        String host = settings.text("manage.host");
        int port = FreePort.of("manage", host, settings.integer("manage.port", 0, 65_535));
        to.override(Map.of("manage.port", String.valueOf(port)));
        return "http://%s:%d/observe/health".formatted(host, port);
    }
}
