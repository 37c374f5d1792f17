package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of requests that cannot be answered at once, and of clients that do not wait. */
class RestWaitTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static Sandbox sandbox;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(
                SandboxConfig.defaults().withLatency(Duration.ofMillis(1)).withRecord(true));
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void whatWouldWaitTooLongForTheLimitIsToldWhenToComeBack() throws Exception {
        try (Node node =
                node(Map.of("limit.requests-per-minute", "60", "limit.burst-ms", "0", "rest.max-wait-ms", "1500"))) {
            List<HttpResponse<String>> answers = all(node, 6, "gpt-4o-mini");

            assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSizeBetween(1, 4);
            HttpResponse<String> refused = answers.stream()
                    .filter(answer -> answer.statusCode() == 429)
                    .findFirst()
                    .orElseThrow();
            assertThat(JSON.readTree(refused.body()).at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
            int seconds =
                    Integer.parseInt(refused.headers().firstValue("retry-after").orElseThrow());
            assertThat(seconds).isBetween(1, 6);

            CompletableFuture.runAsync(
                            () -> {}, CompletableFuture.delayedExecutor(seconds, java.util.concurrent.TimeUnit.SECONDS))
                    .join();
            assertThat(all(node, 1, "gpt-4o-mini").get(0).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void noMoreWaitThanMayAndNoneLongerThanItMay() throws Exception {
        try (RawUpstream silent = new RawUpstream();
                Node node = node(Map.of(
                        "upstream.url", silent.url(),
                        "throttle.max-concurrent", "1",
                        "rest.max-waiting", "2",
                        "rest.max-wait-ms", "1000"))) {
            silent.answers("");
            CompletableFuture<HttpResponse<String>> first = send(node, "m");
            await().atMost(LONG).until(() -> silent.requests().size() == 1);

            List<HttpResponse<String>> others = all(node, 4, "m");

            assertThat(others).allMatch(answer -> answer.statusCode() == 429);
            assertThat(others)
                    .allMatch(
                            answer -> answer.headers().firstValue("retry-after").isPresent());
            assertThat(others)
                    .filteredOn(answer -> answer.body().contains("rest.max-waiting"))
                    .hasSize(2);
            assertThat(others)
                    .filteredOn(answer -> answer.body().contains("rest.max-wait-ms"))
                    .hasSize(2);
            assertThat(first).isNotDone();
            silent.close();
        }
    }

    @Test
    void aClientThatGoesAwayCancelsItsCall() throws Exception {
        try (Node node = node(Map.of("upstream.url", sandbox.url().toString()))) {
            sandbox.configure(
                    SandboxConfig.defaults().withLatency(Duration.ofSeconds(30)).withRecord(true));
            try (Socket socket = connect(node)) {
                write(socket, request(chat("gpt-4o-mini", "gone")));
                await().atMost(LONG).until(() -> sandbox.stats().inFlight() == 1);
            }

            await().atMost(LONG)
                    .until(() ->
                            sandbox.stats().aborted() == 1 && sandbox.stats().inFlight() == 0);
        } finally {
            sandbox.configure(
                    SandboxConfig.defaults().withLatency(Duration.ofMillis(1)).withRecord(true));
        }
    }

    @Test
    void closesConnectionsWhoseRequestDoesNotCome() throws Exception {
        try (Node node = node(Map.of("rest.request-timeout-ms", "700", "rest.max-connections", "4"))) {
            try (Socket nothing = connect(node);
                    Socket halfHead = connect(node);
                    Socket halfBody = connect(node);
                    Socket halfFile = connect(node)) {
                write(halfHead, "POST /v1/chat/completions HTTP/1.1\r\nHost: loc");
                write(
                        halfFile,
                        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                                + "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                                + "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhalf");
                write(halfBody, request(chat("gpt-4o-mini", "x")).replaceFirst("\\}$", ""));
                try (Socket oneTooMany = connect(node)) {
                    assertThat(read(oneTooMany)).isEmpty();
                }

                assertThat(read(nothing)).isEmpty();
                assertThat(read(halfHead)).isEmpty();
                assertThat(read(halfBody)).contains(" 408 ").contains("\"code\":\"request_timeout\"");
                assertThat(read(halfFile)).contains(" 408 ").contains("\"code\":\"request_timeout\"");
            }
            assertThat(send(node, "gpt-4o-mini").join().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void answersWhatIsNoHttpWithAnErrorAndEndsTheConnection() throws Exception {
        try (Node node = node(Map.of())) {
            Map<String, String> nonsense = Map.of(
                    "hello\r\n\r\n",
                    " 400 ",
                    "GET / HTPP/1.1\r\nHost: localhost\r\n\r\n",
                    "HTTP/1.1 400 ",
                    "GET /" + "x".repeat(10_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    " 414 ",
                    "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(20_000) + "\r\n\r\n",
                    " 431 ",
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\nzzz\r\n",
                    "",
                    "GET /v1/models?x=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    "\"code\":\"bad_request\"");
            for (Map.Entry<String, String> each : nonsense.entrySet()) {
                try (Socket socket = connect(node)) {
                    write(socket, each.getKey());
                    assertThat(read(socket)).contains(each.getValue());
                }
            }
            try (Socket foreign = connect(node)) {
                write(foreign, request(chat("gpt-4o-mini", "x")).replace("Host: localhost", "Host: rebound.example"));
                assertThat(read(foreign)).contains(" 403 ").contains("host_not_allowed");
            }
            assertThat(send(node, "gpt-4o-mini").join().statusCode()).isEqualTo(200);
        }
    }

    private static Node node(Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(
                Map.of("intakes", "rest", "upstream.url", sandbox.url().toString(), "retry.max", "0"));
        all.putAll(settings);
        return Node.start(data.resolve("node-" + System.nanoTime()), all);
    }

    private static List<HttpResponse<String>> all(Node node, int count, String model) {
        List<CompletableFuture<HttpResponse<String>>> sent =
                IntStream.range(0, count).mapToObj(i -> send(node, model)).toList();
        return sent.stream().map(CompletableFuture::join).toList();
    }

    private static CompletableFuture<HttpResponse<String>> send(Node node, String model) {
        return HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create(node.rest() + "/chat/completions"))
                                .timeout(LONG)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(chat(model, "x")))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static String chat(String model, String prompt) {
        return RestTest.chat(model, prompt);
    }

    private static String request(String body) {
        return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Connection: close\r\nContent-Length: %d\r\n\r\n%s")
                .formatted(body.length(), body);
    }

    private static Socket connect(Node node) throws IOException {
        Socket socket = new Socket("127.0.0.1", URI.create(node.rest()).getPort());
        socket.setSoTimeout((int) LONG.toMillis());
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Socket socket) throws IOException {
        try (InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketException reset) {
            return "";
        }
    }
}
