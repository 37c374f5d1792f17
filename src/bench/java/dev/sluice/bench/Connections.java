package dev.sluice.bench;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether the front is still there for others while very many hold on to it: kept-alive connections that ask nothing, and
 * streams that come slowly. Meanwhile health is asked again and again, and so is the front itself.
 */
record Connections() implements Scenario {
    private static final int IDLE = 10_000;
    private static final int STREAMS = 1_000;
    private static final int CHUNKS = 40;
    private static final int CHUNK_EVERY_MS = 1_000;
    private static final int LOOKS = 100;
    private static final int LOOK_EVERY_MS = 100;
    private static final String STATUS = "HTTP/1.1 200 ";
    private static final Duration WITHIN = Duration.ofMinutes(2);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        StreamUpstream.Running upstream = StreamUpstream.start(lab);
        Map<String, String> settings = lab.withManagePort(settings(upstream.url()));
        Child sluice = lab.sluice("sluice", lab.folder("connections"), settings, "run");
        URI front = URI.create("http://127.0.0.1:" + settings.get("REST_PORT"));
        Await.until("the front to be open", WITHIN, () -> Http.isOk(front.resolve("/openapi.json")), sluice);
        List<Socket> idle = new ArrayList<>();
        List<Socket> streams = new ArrayList<>();
        try {
            Scenario.say("connections: %d idle ones", IDLE);
            for (int i = 0; i < IDLE; i++) {
                idle.add(keptAlive(front));
            }
            Scenario.say("connections: %d slow streams beside them", STREAMS);
            for (int i = 0; i < STREAMS; i++) {
                streams.add(stream(front));
            }
            for (Socket stream : streams) {
                awaitItsBeginning(stream);
            }
            Figures.Row row = new Figures.Row().count("idle", IDLE).count("streams", STREAMS);
            look(row, "health", Lab.health(settings));
            look(row, "front", front.resolve("/openapi.json"));
            int whole = 0;
            for (Socket stream : streams) {
                whole += isWhole(stream) ? 1 : 0;
            }
            row.count("whole_streams", whole).count("rss_mb", sluice.peakRssMb());
            return new Figures().add(row);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
            for (Socket socket : streams) {
                socket.close();
            }
            sluice.stop();
            upstream.child().stop();
        }
    }

    /** How long it takes to have an answer, in the middle and at the most. */
    private static void look(Figures.Row row, String name, URI url) throws IOException, InterruptedException {
        Http.get(url);
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < LOOKS; i++) {
            long start = System.nanoTime();
            Http.get(url);
            millis.add((System.nanoTime() - start) / 1e6);
            Thread.sleep(LOOK_EVERY_MS);
        }
        row.number(name + "_p50_ms", Figures.median(millis), 2)
                .number(
                        name + "_max_ms",
                        millis.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN),
                        2);
    }

    /** A connection that has had one answer. */
    private static Socket keptAlive(URI front) throws IOException {
        Socket socket = open(front, "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n{") < 0 || !answer.toString().endsWith("}}")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("a connection was not kept: " + answer);
            }
            answer.append((char) next);
        }
        return socket;
    }

    private static Socket stream(URI front) throws IOException {
        String body =
                "{\"model\":\"stream-%d-%d\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"slowly\"}]}"
                        .formatted(CHUNKS, CHUNK_EVERY_MS);
        return open(
                front,
                ("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                + "Connection: close\r\nContent-Length: %d\r\n\r\n%s")
                        .formatted(body.length(), body));
    }

    private static Socket open(URI front, String request) throws IOException {
        Socket socket = new Socket(front.getHost(), front.getPort());
        socket.setSoTimeout((int) WITHIN.toMillis());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void awaitItsBeginning(Socket stream) throws IOException {
        String status = new String(stream.getInputStream().readNBytes(STATUS.length()), StandardCharsets.US_ASCII);
        if (!status.equals(STATUS)) {
            throw new IOException("a stream did not begin: " + status);
        }
    }

    private static boolean isWhole(Socket stream) throws IOException {
        return new String(stream.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).contains("data: [DONE]");
    }

    private static Map<String, String> settings(String upstreamUrl) throws IOException {
        Map<String, String> settings = new TreeMap<>();
        settings.put("INTAKES", "rest");
        settings.put("REST_PORT", Integer.toString(Lab.freePort()));
        settings.put("REDIS_FOLDER", "redis");
        settings.put("UPSTREAM_URL", upstreamUrl);
        settings.put("THROTTLE_MAX_CONCURRENT", Integer.toString(STREAMS));
        settings.put("LIMIT_REQUESTS_PER_MINUTE", Integer.toString(Contender.Sluice.NO_LIMIT));
        settings.put("LIMIT_TOKENS_PER_MINUTE", "100000000000");
        return settings;
    }
}
