package dev.sluice;

import dev.sluice.admit.Admit;
import dev.sluice.admit.Limit;
import dev.sluice.admit.Limiter;
import dev.sluice.admit.RedisLink;
import dev.sluice.admit.Settle;
import dev.sluice.admit.TokenEstimate;
import dev.sluice.admit.WaitTimer;
import dev.sluice.call.Judge;
import dev.sluice.call.NetworkFailure;
import dev.sluice.call.PrepareCall;
import dev.sluice.call.RateHeaders;
import dev.sluice.call.ReadAnswer;
import dev.sluice.call.RetryDelay;
import dev.sluice.call.UpstreamClient;
import dev.sluice.call.UpstreamHeaders;
import dev.sluice.intake.CancellableWait;
import dev.sluice.intake.CheckRequest;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.FileAnswer;
import dev.sluice.intake.FileFailure;
import dev.sluice.intake.FolderIntake;
import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.FolderWatch;
import dev.sluice.intake.KeepFailed;
import dev.sluice.intake.PieceFile;
import dev.sluice.intake.Prompts;
import dev.sluice.intake.ReadMessage;
import dev.sluice.intake.Tally;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.processor.errorhandler.RedeliveryPolicy;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.SimpleEventNotifierSupport;
import org.apache.camel.util.concurrent.ThreadType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wiring: makes the beans that the routes name, from the configuration, before the routes are read; and closes what
 * it started, last first, after they have stopped.
 */
final class Beans extends MainListenerSupport {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");
    /** Threads beyond those of the calls: whoever writes an answer has given its place in the throttle back. */
    private static final int WRITERS = 32;

    /** The names that routes may refer to as {@code #name} or {@code ref: name}. */
    static final Set<String> NAMES = Set.of(
            "admit",
            "assemble",
            "batchApi",
            "batchIntake",
            "check",
            "deadline",
            "fileAnswer",
            "fileFailure",
            "folderIntake",
            "folderWatch",
            "jmsAnswer",
            "jmsFailure",
            "jmsPark",
            "keepFailed",
            "lineAnswer",
            "lineFailure",
            "networkFailure",
            "outageGate",
            "outagePassed",
            "outageRefused",
            "pauseWhileDown",
            "pieceDelivered",
            "pieceFile",
            "pieces",
            "prepareCall",
            "readAnswer",
            "readCall",
            "background",
            "doOnce",
            "sendState",
            "readJms",
            "readMessage",
            "retryDelay",
            "retryTimer",
            "runBatch",
            "sendAnswer",
            "sendFailure",
            "sendModels",
            "sendPiece",
            "settle",
            "takeJms",
            "throttlePlaces",
            "turnBegins",
            "turnCalledOff",
            "turnEnds",
            "upstreamBreaker",
            "upstreamClient",
            "upstreamHeaders");

    private final Path routes;
    private final Map<String, String> overrides;
    private final Clock clock;
    private final Supplier<WaitTimer> retryTimers;
    private final DoubleSupplier random;
    private final Supplier<String> ids = () -> UUID.randomUUID().toString();
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Properties overriding = new Properties();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private @Nullable RedisLink redis;

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
        CamelContext camel = main.getCamelContext();
        Environment.replaceCamels(camel);
        override(camel, overrides);
        Settings settings = new Settings(
                key -> camel.getPropertiesComponent().resolveProperty(key).orElse(null));
        checkWhatRoutesRead(settings);
        camel.getRegistry().bind(MicrometerConstants.METRICS_REGISTRY_NAME, meters);
        boolean sandboxed = settings.text("upstream.url").isEmpty();
        String upstream = sandboxed ? sandbox(settings) : UpstreamUrl.check(settings.text("upstream.url"));
        override(camel, Map.of("upstream.url", upstream));
        FolderSettings folder = Folders.from(settings);
        if (sandboxed && Intakes.chosen(settings.text("intakes")).contains("folder")) {
            Folders.fillOnFirstRun(folder, routes.resolveSibling("examples").resolve("inbox"));
        }
        Tally tally = new Tally(meters, clock, Folders.hints(folder, sandboxed));
        ExecutorService executor = callExecutor(camel, settings.integer("throttle.max-concurrent", 1, 100_000));
        WaitTimer timer = timer(new WaitTimer("slots"));
        JmsBeans jms = JmsBeans.ifWanted(camel, settings, wins -> override(camel, wins), started::push);
        intake(camel, settings, folder, tally);
        Limiting limiting = admit(camel, settings, jms, tally, executor, timer);
        call(camel, settings, tally, timer);
        new RestBeans(camel, settings, meters, clock)
                .wire(tally, ids, limiting.sharedRedis())
                .ifPresent(rest -> {
                    started.push(rest);
                    override(camel, Map.of("rest.port", String.valueOf(rest.port())));
                });
        LOG.info(
                "Sluice {}: upstream={} health={} java={}",
                Version.get(),
                sandboxed ? "sandbox " + upstream : upstream,
                health(camel, settings),
                Runtime.version().feature());
    }

    /** Settings that no bean reads, only a route or Camel, which would take a wrong one for something else. */
    private void checkWhatRoutesRead(Settings settings) {
        Intakes.check(settings.text("intakes"), routes);
        settings.millis("folder.poll-ms", 1);
        settings.integer("throttle.requests-per-period", 1, 1_000_000);
        settings.millis("throttle.period-ms", 1);
        settings.millis("upstream.connect-timeout-ms", 1);
        settings.millis("upstream.first-byte-timeout-ms", 1);
        settings.integer("retry.max", 0, Integer.MAX_VALUE);
        int base = settings.integer("retry.base-ms", 0, Integer.MAX_VALUE);
        settings.number("retry.multiplier", 1, 100);
        settings.millis("retry.max-ms", base);
        settings.integer("manage.port", 0, 65_535);
    }

    @Override
    public void beforeStop(BaseMainSupport main) {
        LOG.info("stopping: calls in flight may end, everything else stays where it is");
    }

    @Override
    public void afterStop(BaseMainSupport main) {
        for (AutoCloseable service : started) {
            try {
                service.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly: {}", service, e.toString());
            }
        }
    }

    private String sandbox(Settings settings) {
        Sandbox sandbox = Sandbox.start(SandboxConfig.from(settings::text));
        started.push(sandbox);
        return sandbox.url().toString();
    }

    /** Where health will be, once its port is known to be free. */
    private String health(CamelContext camel, Settings settings) {
        if (!settings.yes("camel.management.enabled")) {
            return "off";
        }
        String host = settings.text("manage.host");
        int port = FreePort.of("manage", host, settings.integer("manage.port", 0, 65_535));
        override(camel, Map.of("manage.port", String.valueOf(port)));
        return "http://%s:%d/observe/health".formatted(host, port);
    }

    private void override(CamelContext camel, Map<String, String> settings) {
        overriding.putAll(settings);
        camel.getPropertiesComponent().setOverrideProperties(overriding);
    }

    private void intake(CamelContext camel, Settings settings, FolderSettings folder, Tally tally) {
        Prompts prompts = new Prompts(settings.text("folder.model"), settings.text("folder.system-prompt"));
        FolderWatch watch = new FolderWatch(folder, tally, clock);
        bind(camel, "folderWatch", watch);
        FolderIntake intake = new FolderIntake(folder, watch, clock, ids);
        meters.gauge("sluice.parked", Tags.of("intake", "folder"), intake, FolderIntake::parked);
        bind(camel, "folderIntake", intake);
        bind(camel, "readMessage", new ReadMessage(folder, prompts, settings.yes("folder.pieces")));
        bind(camel, "fileAnswer", new FileAnswer(folder));
        bind(camel, "pieceFile", new PieceFile(folder));
        bind(camel, "fileFailure", new FileFailure(folder, clock));
        bind(camel, "keepFailed", new KeepFailed(folder, tally, clock));
        new BatchBeans(camel, settings, clock, ids)
                .bind((name, bean) -> bind(camel, name, bean), action -> onStopping(camel, action), started::push);
        bind(
                camel,
                "check",
                new CheckRequest(prompts, Math.max(folder.maxBytes(), RestBeans.maxBodyBytes(settings)), ids));
        if (Intakes.chosen(settings.text("intakes")).contains("folder")) {
            camel.getRegistry().bind("sluice-folder", new IntakeHealth("folder", watch::ready));
        }
    }

    private Limiting admit(
            CamelContext camel,
            Settings settings,
            @Nullable JmsBeans jms,
            Tally tally,
            ExecutorService executor,
            ScheduledExecutorService timer) {
        Limiting limiting = new Limiting(camel, settings, meters, timer);
        Limiter limiter = limiting.limiter(started::push);
        redis = limiting.link();
        if (jms != null) {
            jms.beans(limiting::redis, tally, clock).forEach((name, bean) -> bind(camel, name, bean));
        }
        TokenEstimate estimate = estimate(settings);
        AtomicInteger inFlight = new AtomicInteger();
        meters.gauge("sluice.calls.in.flight", inFlight);
        Admit admit = new Admit(limiter, estimate, limiting.key(), executor, timer, meters, inFlight);
        onStopping(camel, admit::stopWaiting);
        bind(camel, "admit", admit);
        bind(camel, "settle", new Settle(limiter, meters, inFlight));
        bind(camel, "throttlePlaces", new RefusesTasks());
        bind(camel, "turnBegins", CancellableWait.begin());
        bind(camel, "turnCalledOff", CancellableWait.interrupted());
        bind(camel, "turnEnds", CancellableWait.end());
        return limiting;
    }

    static TokenEstimate estimate(Settings settings) {
        return new TokenEstimate(settings.integer("limit.assumed-completion-tokens", 0, Integer.MAX_VALUE));
    }

    static int requestsPerMinute(Settings settings) {
        return RequestRate.of(settings);
    }

    static long tokensPerMinute(Settings settings) {
        return settings.whole("limit.tokens-per-minute", 1, Limit.MAX_TOKENS_PER_MINUTE);
    }

    private void call(CamelContext camel, Settings settings, Tally tally, ScheduledExecutorService timer) {
        String key = settings.text("upstream.api-key");
        int maxAnswerBytes = settings.integer("upstream.max-answer-bytes", 1, 1 << 30);
        Judge judge =
                new Judge(key, Retries.rules(settings), settings.millis("retry.max-server-wait-ms", 0), clock, tally);
        bind(camel, "upstreamClient", new UpstreamClient(key, settings.millis("upstream.idle-timeout-ms", 1), timer));
        bind(camel, "upstreamHeaders", new UpstreamHeaders());
        bind(camel, "deadline", new Deadline(settings.millis("retry.deadline-ms", 1), clock));
        bind(camel, "prepareCall", new PrepareCall());
        RateHeaders rateHeaders = new RateHeaders(settings.choices("limit.headers", RateHeaders.Family.class));
        bind(camel, "readAnswer", new ReadAnswer(judge, rateHeaders, clock, maxAnswerBytes));
        NetworkFailure networkFailure = new NetworkFailure(key);
        bind(camel, "networkFailure", networkFailure);
        StreamBeans.from(settings, judge, networkFailure, timer).forEach((name, bean) -> bind(camel, name, bean));
        OutageBeans outage = OutageBeans.of(
                settings,
                redis,
                camel.resolvePropertyPlaceholders("{{upstream.url}}"),
                clock,
                timer(new WaitTimer("outage")),
                meters);
        outage.beans().forEach((name, bean) -> bind(camel, name, bean));
        camel.getRegistry().bind("sluice-upstream", outage.health());
        WaitTimer retries = timer(retryTimers.get());
        onStopping(camel, retries::hurry);
        bind(camel, "retryTimer", retries);
        bind(
                camel,
                "retryDelay",
                new RetryDelay(
                        () -> camel.getRegistry().lookupByNameAndType("retryPolicy", RedeliveryPolicy.class),
                        retries,
                        outage.outage(),
                        tally,
                        random));
    }

    /** Where calls run and answers are written: a thread each, virtual from JDK 21 on. */
    private ExecutorService callExecutor(CamelContext camel, int calls) {
        int most = calls + WRITERS;
        if (ThreadType.current() == ThreadType.VIRTUAL) {
            return camel.getExecutorServiceManager().newThreadPool(this, "call", most, most);
        }
        CallThreads threads = new CallThreads(most);
        started.push(threads::shutdownNow);
        return threads;
    }

    private WaitTimer timer(WaitTimer timer) {
        started.push(timer::shutdownNow);
        return timer;
    }

    /** Runs as soon as Sluice begins to stop, before its routes are asked to end. */
    static void onStopping(CamelContext camel, Runnable action) {
        on(camel, CamelEvent.CamelContextStoppingEvent.class, action);
    }

    /** Runs when that happens to the context. */
    static void on(CamelContext camel, Class<? extends CamelEvent> what, Runnable action) {
        camel.getManagementStrategy().addEventNotifier(new SimpleEventNotifierSupport() {
            @Override
            public boolean isEnabled(CamelEvent event) {
                return what.isInstance(event);
            }

            @Override
            public void notify(CamelEvent event) {
                action.run();
            }
        });
    }

    static void bind(CamelContext camel, String name, Object bean) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(name + " must be among the names that routes may refer to");
        }
        camel.getRegistry().bind(name, bean);
    }
}
