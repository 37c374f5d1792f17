package dev.sluice;

import dev.sluice.call.Judge;
import dev.sluice.front.FrontServer;
import dev.sluice.front.FrontSettings;
import dev.sluice.front.ReadCall;
import dev.sluice.front.SendAnswer;
import dev.sluice.front.SendFailure;
import dev.sluice.front.SendModels;
import dev.sluice.front.SendPiece;
import dev.sluice.intake.Tally;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelEvent;
import org.jspecify.annotations.Nullable;
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

    /** The front, which listens and waits to be opened; empty if no chosen intake needs it. */
    Optional<FrontServer> wire(Tally tally, Supplier<String> ids) {
        FrontSettings front = settings();
        Beans.bind(camel, "readCall", new ReadCall(front.maxWait()));
        Beans.bind(camel, "sendAnswer", new SendAnswer(tally));
        Beans.bind(camel, "sendFailure", new SendFailure(tally, clock));
        Beans.bind(camel, "sendPiece", new SendPiece());
        Beans.bind(camel, "sendModels", new SendModels(judge(tally)));
        List<String> chosen = Intakes.chosen(settings.text("intakes"));
        if (INTAKES.stream().noneMatch(chosen::contains)) {
            return Optional.empty();
        }
        FrontServer server = FrontServer.start(
                front,
                settings.text("rest.api-keys"),
                ids,
                camel.getExecutorServiceManager().newThreadPool(this, "front", front.maxInHand(), front.maxInHand()),
                clock);
        server.serve(camel);
        meters.gauge("sluice.front.connections", server, FrontServer::connections);
        meters.gauge("sluice.front.working", server, FrontServer::working);
        meters.gauge("sluice.front.waiting", server, FrontServer::waiting);
        Beans.on(camel, CamelEvent.CamelContextStartedEvent.class, server::open);
        Beans.onStopping(camel, server::refuse);
        for (String intake : INTAKES) {
            if (chosen.contains(intake)) {
                camel.getRegistry().bind("sluice-" + intake, new IntakeHealth(intake, server::isOpen));
            }
        }
        LOG.info(
                "front url={}://{}:{}/v1 keys={}",
                front.tls() == null ? "http" : "https",
                front.host(),
                server.port(),
                settings.text("rest.api-keys").isEmpty() ? "none" : "wanted");
        return Optional.of(server);
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

    private FrontSettings.@Nullable Tls tls() {
        String certificate = settings.text("rest.tls-certificate");
        return certificate.isEmpty()
                ? null
                : new FrontSettings.Tls(Path.of(certificate), settings.path("rest.tls-key"));
    }
}
