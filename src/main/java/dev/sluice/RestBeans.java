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
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of the front; its port is only opened if an intake needs it. */
final class RestBeans {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");
    private static final List<String> INTAKES = List.of("rest", "websocket");

    private final Wiring to;
    private final CamelContext camel;
    private final Settings settings;
    private final Clock clock;

    RestBeans(Wiring to) {
        this.to = to;
        this.camel = to.camel();
        this.settings = to.settings();
        this.clock = to.clock();
    }

    static int maxBodyBytes(Settings settings) {
        return settings.integer("rest.max-body-bytes", 1, 1 << 30);
    }

    static Map<String, Double> weights(Settings settings) {
        return FrontServer.weights(settings.text("rest.api-keys"));
    }

    /**
     * The front listens and waits to be opened, if a chosen intake needs it.
     *
     * @param redis of the limits; null if there is none
     */
    void bind(Tally tally, Judge judge, @Nullable Supplier<Optional<RedissonClient>> redis) {
        FrontSettings front = settings();
        List<String> chosen = Intakes.chosen(settings.text("intakes"));
        if (INTAKES.stream().noneMatch(chosen::contains)) {
            return;
        }
        FrontServer server = FrontServer.start(front, to.ids(), to.threads("front", front.maxInHand()), clock);
        to.closeAtEnd(server);
        to.override(Map.of("rest.port", String.valueOf(server.port())));
        Background background = server.background(
                camel,
                settings.path("rest.async-folder"),
                settings.duration("rest.async-retention"),
                settings.integer("rest.async-max-pending", 0, 10_000_000));
        to.bind("readCall", new ReadCall(front.maxWait()));
        to.bind("background", background);
        to.bind("doOnce", doOnce(server, redis));
        to.bind("sendAnswer", new SendAnswer(tally));
        to.bind("sendFailure", new SendFailure(tally, clock));
        to.bind("sendModels", new SendModels(judge));
        to.bind("sendPiece", new SendPiece());
        to.bind("sendState", new SendState(background));
        if (chosen.contains("websocket")) {
            server.serveWebSockets(camel);
        }
        if (chosen.contains("rest")) {
            serveUploads(server);
        }
        server.serve(camel);
        to.onStarted(() -> {
            background.start(); // before anything new is kept there
            server.open();
        });
        to.onStopping(() -> {
            server.refuse();
            background.stop();
        });
        watch(server, background, chosen);
        LOG.info(
                "front url={}://{}:{}/v1 keys={}",
                front.tls() == null ? "http" : "https",
                front.host(),
                server.port(),
                front.keys().isEmpty() && front.jwt() == null ? "none" : "wanted");
    }

    /** The Redis that Sluice brings is this node's alone, and forgets all when it stops: files do not. */
    private Processor doOnce(FrontServer server, @Nullable Supplier<Optional<RedissonClient>> redis) {
        Duration retention = settings.duration("rest.idempotency-retention");
        return redis == null || settings.text("redis.url").isEmpty()
                ? server.doOnce(settings.path("rest.idempotency-folder"), retention)
                : server.doOnce(redis, retention);
    }

    private void watch(FrontServer server, Background background, List<String> chosen) {
        to.meters().gauge("sluice.front.connections", server, FrontServer::connections);
        to.meters().gauge("sluice.front.working", server, FrontServer::working);
        to.meters().gauge("sluice.front.waiting", server, FrontServer::waiting);
        to.meters().gauge("sluice.front.pending", background, Background::pending);
        for (String intake : INTAKES) {
            if (chosen.contains(intake)) {
                to.health(intake, new IntakeHealth(intake, server::isOpen));
            }
        }
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
                Settings.words(settings.text("rest.cors-origins")).toList(),
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
        if (certificate.isEmpty() && !settings.text("rest.tls-key").isEmpty()) {
            throw Settings.wrong("rest.tls-certificate", certificate, "set where rest.tls-key is");
        }
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
