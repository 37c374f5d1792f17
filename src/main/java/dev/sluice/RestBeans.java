package dev.sluice;

import dev.sluice.call.Judge;
import dev.sluice.front.Background;
import dev.sluice.front.FrontServer;
import dev.sluice.front.FrontSettings;
import dev.sluice.front.ReadCall;
import dev.sluice.front.SendAnswer;
import dev.sluice.front.SendFailure;
import dev.sluice.front.SendModels;
import dev.sluice.front.SendPiece;
import dev.sluice.front.SendState;
import dev.sluice.intake.Tally;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.spi.CamelEvent;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of the front; its port is only opened if an intake needs it. */
final class RestBeans {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");
    private static final List<String> INTAKES = List.of("rest", "websocket");

    private final CamelContext camel;
    private final Settings settings;
    private final MeterRegistry meters;
    private final Clock clock;

    RestBeans(CamelContext camel, Settings settings, MeterRegistry meters, Clock clock) {
        this.camel = camel;
        this.settings = settings;
        this.meters = meters;
        this.clock = clock;
    }

    static int maxBodyBytes(Settings settings) {
        return settings.integer("rest.max-body-bytes", 1, 1 << 30);
    }

    static Map<String, Double> weights(Settings settings) {
        return FrontServer.weights(settings.text("rest.api-keys"));
    }

    /**
     * The front, which listens and waits to be opened; empty if no chosen intake needs it.
     *
     * @param redis of the limits; null if there is none
     */
    Optional<FrontServer> wire(Tally tally, Supplier<String> ids, @Nullable Supplier<Optional<RedissonClient>> redis) {
        FrontSettings front = settings();
        List<String> chosen = Intakes.chosen(settings.text("intakes"));
        if (INTAKES.stream().noneMatch(chosen::contains)) {
            return Optional.empty();
        }
        FrontServer server = FrontServer.start(
                front,
                ids,
                camel.getExecutorServiceManager().newThreadPool(this, "front", front.maxInHand(), front.maxInHand()),
                clock);
        Background background = server.background(
                camel,
                settings.path("rest.async-folder"),
                settings.duration("rest.async-retention"),
                settings.integer("rest.async-max-pending", 0, 10_000_000));
        Beans.bind(camel, "readCall", new ReadCall(front.maxWait()));
        Beans.bind(camel, "background", background);
        Beans.bind(camel, "doOnce", doOnce(server, redis));
        Beans.bind(camel, "sendAnswer", new SendAnswer(tally));
        Beans.bind(camel, "sendFailure", new SendFailure(tally, clock));
        Beans.bind(camel, "sendModels", new SendModels(judge(tally)));
        Beans.bind(camel, "sendPiece", new SendPiece());
        Beans.bind(camel, "sendState", new SendState(background));
        if (chosen.contains("websocket")) {
            server.serveWebSockets(camel);
        }
        serveUploads(server);
        server.serve(camel);
        Beans.on(camel, CamelEvent.CamelContextStartedEvent.class, () -> {
            server.open();
            background.start();
        });
        Beans.onStopping(camel, () -> {
            server.refuse();
            background.stop();
        });
        watch(server, chosen);
        meters.gauge("sluice.front.pending", background, Background::pending);
        LOG.info(
                "front url={}://{}:{}/v1 keys={}",
                front.tls() == null ? "http" : "https",
                front.host(),
                server.port(),
                front.keys().isEmpty() && front.jwt() == null ? "none" : "wanted");
        return Optional.of(server);
    }

    /** The Redis that Sluice brings is this node's alone, and forgets all when it stops: files do not. */
    private Processor doOnce(FrontServer server, @Nullable Supplier<Optional<RedissonClient>> redis) {
        Duration retention = settings.duration("rest.idempotency-retention");
        return redis == null || settings.text("redis.url").isEmpty()
                ? server.doOnce(settings.path("rest.idempotency-folder"), retention)
                : server.doOnce(redis, retention);
    }

    private void watch(FrontServer server, List<String> chosen) {
        meters.gauge("sluice.front.connections", server, FrontServer::connections);
        meters.gauge("sluice.front.working", server, FrontServer::working);
        meters.gauge("sluice.front.waiting", server, FrontServer::waiting);
        for (String intake : INTAKES) {
            if (chosen.contains(intake)) {
                camel.getRegistry().bind("sluice-" + intake, new IntakeHealth(intake, server::isOpen));
            }
        }
    }

    private Judge judge(Tally tally) {
        return new Judge(
                settings.text("upstream.api-key"),
                Retries.rules(settings),
                settings.millis("retry.max-server-wait-ms", 0),
                clock,
                tally);
    }

    private FrontSettings settings() {
        return new FrontSettings(
                settings.text("rest.host"),
                settings.integer("rest.port", 0, 65_535),
                settings.text("rest.api-keys"),
                jwt(),
                maxBodyBytes(settings),
                settings.integer("rest.max-header-bytes", 1024, 1 << 20),
                settings.integer("rest.max-connections", 1, 1_000_000),
                settings.millis("rest.request-timeout-ms", 1),
                settings.millis("rest.idle-timeout-ms", 1),
                settings.millis("rest.max-wait-ms", 0),
                settings.integer("throttle.max-concurrent", 1, 100_000),
                settings.integer("rest.max-waiting", 0, 1_000_000),
                Arrays.stream(settings.text("rest.cors-origins").split(","))
                        .map(String::strip)
                        .filter(origin -> !origin.isEmpty())
                        .toList(),
                tls());
    }

    private FrontSettings.@Nullable Jwt jwt() {
        String jwks = settings.text("rest.jwt-jwks");
        return jwks.isEmpty()
                ? null
                : new FrontSettings.Jwt(jwks, settings.text("rest.jwt-issuer"), settings.text("rest.jwt-audience"));
    }

    private FrontSettings.@Nullable Tls tls() {
        String certificate = settings.text("rest.tls-certificate");
        return certificate.isEmpty()
                ? null
                : new FrontSettings.Tls(Path.of(certificate), settings.path("rest.tls-key"));
    }

    private void serveUploads(FrontServer server) {
        try {
            server.serveUploads(settings.path("batch.api"), settings.whole("batch.max-file-bytes", 1, 1L << 40));
        } catch (IOException e) {
            throw Settings.wrong(
                    "batch.api", settings.text("batch.api"), "a folder that can be made (%s)".formatted(e));
        }
    }
}
