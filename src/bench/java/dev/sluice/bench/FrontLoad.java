package dev.sluice.bench;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What the front adds to a call, and how many it takes: beside the upstream itself and beside a plain route from HTTP to
 * HTTP, with the same JVM options, one after another. The upstream answers at once.
 *
 * @param requests of each run with {@value Contender#AT_ONCE} callers; a tenth of it with one
 * @param rounds runs of each
 */
record FrontLoad(int requests, int rounds) implements Scenario {
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(1);
    private static final int WARM_UP = 20_000;

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, Duration.ZERO, 0);
        int plainPort = Lab.freePort();
        int sluicePort = Lab.freePort();
        Child plain = lab.java(
                "plain-front",
                lab.folder("plain-front"),
                PlainFront.class,
                upstream.url().toString(),
                Integer.toString(plainPort));
        Path folder = lab.folder("sluice-front");
        Child sluice = lab.sluice("sluice-front", folder, lab.withManagePort(settings(upstream, sluicePort)), "run");
        URI plainUrl = URI.create("http://127.0.0.1:%d/v1".formatted(plainPort));
        URI sluiceUrl = URI.create("http://127.0.0.1:%d/v1".formatted(sluicePort));
        Await.until("the plain route to listen", STARTS_WITHIN, () -> listens(plainPort), plain);
        Await.until("the front to be open", STARTS_WITHIN, () -> Http.isOk(URI.create(sluiceUrl + "/models")), sluice);
        Figures figures = new Figures();
        for (URI url : new URI[] {upstream.url(), plainUrl, sluiceUrl}) {
            Callers.ask(url, Contender.AT_ONCE, WARM_UP);
        }
        for (int round = 1; round <= rounds; round++) {
            measure(figures, "direct", upstream.url(), upstream.child(), round);
            measure(figures, "plain", plainUrl, plain, round);
            measure(figures, "sluice", sluiceUrl, sluice, round);
        }
        plain.stop();
        sluice.stop();
        upstream.child().stop();
        return figures;
    }

    private void measure(Figures figures, String name, URI url, Child child, int round)
            throws IOException, InterruptedException {
        Scenario.say("front: round %d of %d, %s", round, rounds, name);
        Callers.Result alone = Callers.ask(url, 1, requests / 10);
        Duration before = child.cpu();
        Callers.Result many = Callers.ask(url, Contender.AT_ONCE, requests);
        Duration cpu = child.cpu().minus(before);
        figures.add(new Figures.Row()
                .text("contender", name)
                .count("round", round)
                .number("p50_ms_alone", alone.millis(0.5), 3)
                .number("p99_ms_alone", alone.millis(0.99), 3)
                .number("requests_per_s", many.perSecond(), 0)
                .number("p50_ms", many.millis(0.5), 2)
                .number("p99_ms", many.millis(0.99), 2)
                .number("cpu_s_per_1000", cpu.toMillis() / (double) requests, 3));
    }

    private static Map<String, String> settings(Upstream upstream, int port) {
        return Map.of(
                "INTAKES",
                "rest",
                "UPSTREAM_URL",
                upstream.url().toString(),
                "REST_PORT",
                Integer.toString(port),
                "REDIS_FOLDER",
                "redis",
                "LIMIT_REQUESTS_PER_MINUTE",
                Integer.toString(Contender.Sluice.NO_LIMIT),
                "LIMIT_TOKENS_PER_MINUTE",
                "2000000000",
                "THROTTLE_MAX_CONCURRENT",
                Integer.toString(Contender.AT_ONCE));
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
