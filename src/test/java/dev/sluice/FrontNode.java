package dev.sluice;

import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A node whose front can be called, before a sandbox of its own. */
final class FrontNode implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(60);
    static final SandboxConfig QUICK = SandboxConfig.defaults()
            .withLatency(Duration.ofMillis(1))
            .withChunkDelay(Duration.ofMillis(1))
            .withRecord(true);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Sandbox sandbox = Sandbox.start(QUICK);
    private final Path routes;
    private final Path data;
    private final Map<String, String> settings;
    private Node node;

    FrontNode(Path data, Map<String, String> settings) throws Exception {
        this(Path.of("routes"), data, settings);
    }

    FrontNode(Path routes, Path data, Map<String, String> settings) throws Exception {
        this.routes = routes;
        this.data = data;
        this.settings = new HashMap<>(Map.of(
                "intakes",
                "rest,websocket",
                "upstream.url",
                sandbox.url().toString(),
                "rest.async-folder",
                data.resolve("requests").toString(),
                "rest.idempotency-folder",
                data.resolve("idempotency").toString(),
                "retry.max",
                "0"));
        this.settings.putAll(settings);
        this.node = Node.start(routes, data, this.settings);
    }

    Sandbox sandbox() {
        return sandbox;
    }

    Node node() {
        return node;
    }

    String url() {
        return node.rest();
    }

    void stop() {
        node.close();
    }

    void startAgain() throws Exception {
        node = Node.start(routes, data, settings);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        return client.send(request(path, body, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<InputStream> open(String path, String body) throws IOException, InterruptedException {
        return client.send(request(path, body).build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path);
    }

    HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .timeout(LONG)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(LONG)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return headers.length == 0 ? request : request.headers(headers);
    }

    @Override
    public void close() {
        node.close();
        sandbox.close();
    }
}
