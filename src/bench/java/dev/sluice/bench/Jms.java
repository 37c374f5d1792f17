package dev.sluice.bench;

import jakarta.jms.JMSException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast requests go from queue to queue through the embedded broker, persistent and transacted, beside the plain route;
 * the two take turns. Then how two nodes share the requests of one broker.
 *
 * @param requests in each run
 * @param rounds runs of each
 */
record Jms(int requests, int rounds) implements Scenario {
    private static final Duration LATENCY = Duration.ofMillis(20);
    static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Pattern ANSWERED = Pattern.compile("sluice_messages_total\\{outcome=\"answered\"\\} (\\S+)");

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, 0);
        List<Double> plain = new ArrayList<>();
        List<Double> sluice = new ArrayList<>();
        Figures figures = new Figures();
        for (int round = 1; round <= rounds; round++) {
            Scenario.say("jms: round %d of %d, the plain route answers %d requests", round, rounds, requests);
            plain.add(plain(lab, upstream, figures));
            Scenario.say("jms: round %d of %d, sluice answers %d requests", round, rounds, requests);
            sluice.add(sluice(lab, upstream, figures));
        }
        Scenario.say("jms: two nodes answer %d requests", requests);
        shared(lab, upstream, figures);
        upstream.child().stop();
        return figures.add(new Figures.Row()
                .text("contender", "sluice/plain")
                .number("requests_per_s", Figures.median(sluice) / Figures.median(plain), 2));
    }

    private double plain(Lab lab, Upstream upstream, Figures figures) throws IOException, InterruptedException {
        int port = freePort();
        Child child = lab.java(
                "plain-jms",
                lab.folder("plain-jms"),
                PlainJmsRoute.class,
                upstream.url().toString(),
                Integer.toString(port));
        return run("plain", port, upstream, figures, child);
    }

    private double sluice(Lab lab, Upstream upstream, Figures figures) throws IOException, InterruptedException {
        int port = freePort();
        Map<String, String> settings =
                lab.withManagePort(settings(upstream, Map.of("JMS_PORT", Integer.toString(port))));
        Child child = lab.sluice("sluice-jms", lab.folder("sluice-jms"), settings, "run");
        return run("sluice", port, upstream, figures, child);
    }

    private void shared(Lab lab, Upstream upstream, Figures figures) throws IOException, InterruptedException {
        int port = freePort();
        Map<String, String> one = lab.withManagePort(settings(upstream, Map.of("JMS_PORT", Integer.toString(port))));
        Map<String, String> other =
                lab.withManagePort(settings(upstream, Map.of("JMS_BROKER_URL", "tcp://127.0.0.1:" + port)));
        Child first = lab.sluice("node-1", lab.folder("node-1"), one, "run");
        Await.until("the broker", STARTS_WITHIN, () -> listens(port), first);
        Child second = lab.sluice("node-2", lab.folder("node-2"), other, "run");
        Await.until("two nodes", STARTS_WITHIN, () -> healthy(one) && healthy(other), first, second);
        upstream.reset();
        exchange(port);
        double shareOfFirst = answered(one) / (answered(one) + answered(other));
        figures.add(new Figures.Row()
                .text("contender", "two nodes")
                .count("requests", requests)
                .number("requests_per_s", perSecond(upstream.stats()), 0)
                .number("share_of_first", shareOfFirst, 2));
        second.stop();
        first.stop();
    }

    private double run(String contender, int port, Upstream upstream, Figures figures, Child child)
            throws IOException, InterruptedException {
        Await.until("the broker", STARTS_WITHIN, () -> listens(port), child);
        upstream.reset();
        Duration before = child.cpu();
        exchange(port);
        Duration cpu = child.cpu().minus(before);
        Upstream.Stats stats = upstream.stats();
        child.stop();
        if (stats.distinctPrompts() != requests) {
            throw new BenchException("%s was given %d requests, %d prompts were accepted upstream"
                    .formatted(contender, requests, stats.distinctPrompts()));
        }
        double rate = perSecond(stats);
        figures.add(new Figures.Row()
                .text("contender", contender)
                .count("requests", requests)
                .number("requests_per_s", rate, 0)
                .number("cpu_ms_per_request", (double) cpu.toMillis() / requests, 2)
                .count("max_in_flight", stats.maxInFlight())
                .count("peak_rss_mb", child.peakRssMb()));
        return rate;
    }

    /** Sends and takes at the same time, as two programs would. */
    private void exchange(int port) throws InterruptedException {
        JmsRequests client = new JmsRequests("tcp://127.0.0.1:" + port);
        Thread sender = new Thread(() -> {
            try {
                client.send(requests);
            } catch (JMSException e) {
                throw new BenchException("cannot send: " + e.getMessage());
            }
        });
        sender.start();
        try {
            client.take(requests);
        } catch (JMSException e) {
            throw new BenchException("cannot take answers: " + e.getMessage());
        }
        sender.join();
    }

    private double perSecond(Upstream.Stats stats) {
        return requests / ((stats.lastAcceptMs() - stats.firstAcceptMs()) / 1000.0);
    }

    static Map<String, String> settings(Upstream upstream, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "INTAKES",
                "jms",
                "UPSTREAM_URL",
                upstream.url().toString(),
                "LIMIT_REQUESTS_PER_MINUTE",
                Integer.toString(Contender.Sluice.NO_LIMIT),
                "LIMIT_TOKENS_PER_MINUTE",
                "2000000000",
                "THROTTLE_MAX_CONCURRENT",
                Integer.toString(Contender.AT_ONCE)));
        settings.putAll(more);
        return settings;
    }

    private static double answered(Map<String, String> settings) throws IOException {
        Matcher answered = ANSWERED.matcher(Http.get(Lab.health(settings).resolve("/observe/metrics")));
        return answered.find() ? Double.parseDouble(answered.group(1)) : 0;
    }

    private static boolean healthy(Map<String, String> settings) {
        return Http.isOk(Lab.health(settings));
    }

    static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
