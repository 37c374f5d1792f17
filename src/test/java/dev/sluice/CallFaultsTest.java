package dev.sluice;

import static dev.sluice.CallTest.chat;
import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.CallTest.Ending;
import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.FolderIntake;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What takes settings of its own to see, or an upstream that is none. */
class CallFaultsTest {
    private static final String EVENTS =
            "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n";

    private static final String NEVER = "600000"; // longer than a test waits

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path data;

    private static Sandbox sandbox;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(SandboxConfig.defaults().withLatency(Duration.ofMillis(1)));
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void givesUpOnAnUpstreamThatDoesNotBeginToAnswer() throws Exception {
        Map<String, String> settings =
                Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", "500", "upstream.idle-timeout-ms", NEVER);
        try (Node node = node(sandbox.url().toString(), settings)) {
            node.drop("a.json", chat("sandbox-stall", "a", false));

            assertFailed(node, "a.json", 0, "first_byte_timeout", 2);
        }
    }

    @Test
    void givesUpOnAnAnswerThatStalls() throws Exception {
        Map<String, String> settings =
                Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", NEVER, "upstream.idle-timeout-ms", "300");
        try (Node node = node(sandbox.url().toString(), settings)) {
            node.drop("stream.json", chat("sandbox-stall", "a", true));

            assertFailed(node, "stream.json", 0, "idle_timeout", 2);
        }
    }

    @Test
    void givesUpOnAStreamWhoseFirstEventDoesNotCome() throws Exception {
        Map<String, String> settings =
                Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", "500", "upstream.idle-timeout-ms", "1");
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), settings)) {
            upstream.answers("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 500\n\n");
            node.drop("thinking.json", chat("m", "q", true));
            assertFailed(node, "thinking.json", 0, "first_byte_timeout", 2);
        }
    }

    @Test
    void doesNotTakeACommentForAnEvent() throws Exception {
        Map<String, String> settings =
                Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", "500", "upstream.idle-timeout-ms", "1");
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), settings)) {
            upstream.answers(
                    "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 500\n\n: PROCESSING\n\n: still\n");
            node.drop("thinking.json", chat("m", "q", true));
            assertFailed(node, "thinking.json", 0, "first_byte_timeout", 2);
        }
    }

    @Test
    void commentsThatTrickleInDoNotMakeItWaitLonger() throws Exception {
        try (TricklingUpstream upstream = new TricklingUpstream(Duration.ofMillis(100));
                Node node = node(upstream.url(), Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", "700"))) {
            node.drop("thinking.json", chat("m", "q", true));
            assertFailed(node, "thinking.json", 0, "first_byte_timeout", 2);
            assertThat(upstream.comments()).isBetween(2, 40);
        }
    }

    @Test
    void refusesAStreamThatNeverEnds() throws Exception {
        String chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"again\"}}]}\n\n";
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), Map.of("retry.max", "1", "upstream.max-answer-bytes", "1000"))) {
            upstream.answers("HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n" + chunk.repeat(100));
            node.drop("endless.json", chat("m", "q", true));
            assertFailed(node, "endless.json", 200, "answer_too_large", 1);
        }
    }

    @Test
    void givesUpOnABodyThatStallsUnlessTheStatusSaysEnough() throws Exception {
        Map<String, String> settings =
                Map.of("retry.max", "1", "upstream.first-byte-timeout-ms", NEVER, "upstream.idle-timeout-ms", "300");
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), settings)) {
            upstream.answers("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 500\n\n{");
            node.drop("answer.json", chat("m", "q", false));
            assertFailed(node, "answer.json", 0, "idle_timeout", 2);

            upstream.answers("HTTP/1.1 403 Forbidden\nContent-Type: application/json\nContent-Length: 500\n\n{");
            node.drop("error.json", chat("m", "q", false));
            assertFailed(node, "error.json", 403, "http_403", 1);
        }
    }

    @Test
    void endsAnAnswerThatTricklesInAtTheDeadline() throws Exception {
        sandbox.configure(SandboxConfig.defaults().withChunkDelay(Duration.ofMillis(100)));
        try (Node node = node(sandbox.url().toString(), Map.of("retry.deadline-ms", "2000"))) {
            node.drop("slow.json", chat("sandbox-long", "a", true)); // a minute, with never a pause

            JsonNode record = assertFailed(node, "slow.json", 504, "deadline_exceeded", 1);
            assertThat(record.path("message").asText()).contains("2000 ms", "retry.deadline-ms", "attempt 1");
            assertThat(record.path("retryable").asBoolean()).isTrue();
        } finally {
            sandbox.configure(SandboxConfig.defaults().withLatency(Duration.ofMillis(1)));
        }
    }

    @Test
    void aCallIsNeverEndedBeforeItsDeadline() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), Map.of("retry.max", "0"));
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            upstream.answers(""); // silence
            List<CompletableFuture<Exchange>> ended = new ArrayList<>();
            for (int i = 0;
                    i < 60;
                    i++) { // one that ends too early by a part of a millisecond is a connection that is lost
                Instant deadline = Instant.now().plus(Duration.ofMillis(1500 + 7 * i));
                ended.add(template.asyncSend("direct:pipeline", exchange -> {
                    exchange.getMessage().setBody("question");
                    exchange.setProperty(IntakeProperties.DEADLINE, deadline);
                }));
            }

            assertThat(ended)
                    .allSatisfy(end -> assertThat(end.get(60, TimeUnit.SECONDS).getException())
                            .isInstanceOf(DeadlineException.class));
            assertThat(upstream.requests()).isNotEmpty();
        }
    }

    @Test
    void parksAMessageWhoseServerWaitIsTooLong() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(upstream.url(), Map.of("retry.max-server-wait-ms", "999"))) {
            upstream.answers(
                    whole("429 Too Many\nretry-after-ms: 1500", "{}"),
                    whole("503 Slow\nretry-after-ms: 1000", "{}"),
                    whole("200 OK", "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}"));
            node.drop("later.json", chat("m", "later", false));
            await().until(() -> node.camel()
                            .getRegistry()
                            .lookupByNameAndType("folderIntake", FolderIntake.class)
                            .parked()
                    == 1);
            assertThat(node.inbox("later.json")).exists();
            long parked = System.nanoTime();

            Ending.of(node, "later.json").answered();
            assertThat(Duration.ofNanos(System.nanoTime() - parked)).isGreaterThan(Duration.ofSeconds(2));
            assertThat(upstream.requests()).hasSize(3);
            assertThat(node.failed("later.json")).doesNotExist();
        }
    }

    @Test
    void triesAnUpstreamAgainThatRefusesConnections() throws Exception {
        try (Node node = node(closedPort(), Map.of("retry.max", "2"))) {
            node.drop("a.txt", "Hello");

            assertFailed(node, "a.txt", 0, "connect_refused", 3);
        }
    }

    @Test
    void triesAnUpstreamAgainThatHasNoAddress() throws Exception {
        try (Node node = node("http://nonexistent.invalid/v1", Map.of("retry.max", "1"))) {
            node.drop("a.txt", "Hello");

            assertFailed(node, "a.txt", 0, "dns_failure", 2);
        }
    }

    @Test
    void doesNotRetryWhatIsNotToBeRetried() throws Exception {
        try (Node node = node(sandbox.url().toString(), Map.of("retry.max", "0"))) {
            node.drop("a.json", chat("sandbox-500", "a", false));

            assertFailed(node, "a.json", 500, "server_error", 1);
        }
    }

    @Test
    void readsAnUpstreamThatKeepsItsOwnWays() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(
                        upstream.url(),
                        Map.of(
                                "retry.max",
                                "0",
                                "upstream.api-key",
                                "own.key+1",
                                "upstream.idle-timeout-ms",
                                "600000"))) {
            isDoneAtDone(upstream, node);
            followsNoRedirect(upstream, node);
            judgesByTheStatusWhenTheBodyOfAnErrorDoesNotCome(upstream, node);
            repeatsNoKeyThatTheUpstreamRepeats(upstream, node);
            repeatsNoKeyOfABodyThatIsNoJson(upstream, node);
            sendsTheRequestAndNothingElse(upstream, node);
        }
    }

    private static void isDoneAtDone(RawUpstream upstream, Node node) throws IOException {
        String events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\ndata: [DONE]\n\n";
        int bytes = events.replace("\n", "\r\n").length();
        upstream.answers(EVENTS + Integer.toHexString(bytes) + "\n" + events + "\n");
        node.drop("done.json", chat("m", "q", true));

        JsonNode answer = Ending.of(node, "done.json").answered();
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Hello");
    }

    private static void followsNoRedirect(RawUpstream upstream, Node node) throws IOException {
        upstream.answers(
                "HTTP/1.1 307 Temporary Redirect\nLocation: " + upstream.url() + "/elsewhere\nContent-Length: 0\n\n");
        node.drop("redirect.json", chat("m", "q", false));

        assertFailed(node, "redirect.json", 307, "http_307", 1);
        assertThat(upstream.requests()).hasSize(1);
    }

    private static void judgesByTheStatusWhenTheBodyOfAnErrorDoesNotCome(RawUpstream upstream, Node node)
            throws IOException {
        upstream.answers(
                "HTTP/1.1 401 Unauthorized\nConnection: close\nContent-Type: application/json\nContent-Length: 500\n\n{\"error\":");
        node.drop("half.json", chat("m", "q", false));

        JsonNode record = Ending.of(node, "half.json").failed();
        assertThat(record.path("status").asInt()).isEqualTo(401);
        assertThat(record.path("retryable").asBoolean()).isFalse();
    }

    private static void repeatsNoKeyThatTheUpstreamRepeats(RawUpstream upstream, Node node) throws IOException {
        upstream.answers(whole("401 Unauthorized", "{\"error\":{\"message\":\"Incorrect API key: own.key+1\"}}"));
        node.drop("echo.json", chat("m", "q", false));

        JsonNode record = assertFailed(node, "echo.json", 401, "http_401", 1);
        assertThat(record.toString()).contains("Incorrect API key: ***").doesNotContain("own.key+1");
    }

    private static void repeatsNoKeyOfABodyThatIsNoJson(RawUpstream upstream, Node node) throws IOException {
        upstream.answers(whole("200 OK", "sk_0123456789abcdef"));
        node.drop("no-json.json", chat("m", "q", false));

        JsonNode record = assertFailed(node, "no-json.json", 200, "truncated", 1);
        assertThat(record.toString()).doesNotContain("0123456789abcdef");
    }

    private static void sendsTheRequestAndNothingElse(RawUpstream upstream, Node node) throws IOException {
        upstream.answers(whole("200 OK", "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}"));
        try (var template = node.camel().createProducerTemplate()) {
            template.request("direct:pipeline", exchange -> {
                exchange.getMessage().setBody("Hello");
                exchange.getMessage()
                        .setHeaders(new HashMap<>(Map.of(
                                "Authorization", "Bearer of-its-source",
                                "Cookie", "a=b",
                                "CamelHttpUri", "http://127.0.0.1:1/",
                                "CamelHttpPath", "/elsewhere",
                                "CamelHttpQuery", "a=b",
                                "CamelHttpMethod", "GET")));
            });
        }

        assertThat(upstream.requests()).singleElement().satisfies(head -> {
            assertThat(head).startsWith("POST /v1/chat/completions HTTP/1.1\r\n");
            assertThat(head).contains("Authorization: Bearer own.key+1\r\n");
            assertThat(head)
                    .doesNotContain("of-its-source")
                    .doesNotContainIgnoringCase("cookie")
                    .doesNotContain("Sluice");
        });
    }

    private Node node(String upstream, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.put("upstream.url", upstream);
        return Node.start(data, all);
    }

    private static JsonNode assertFailed(Node node, String file, int status, String code, int attempts)
            throws IOException {
        JsonNode record = Ending.of(node, file).failed();
        assertThat(record.path("code").asText()).isEqualTo(code);
        assertThat(record.path("status").asInt()).isEqualTo(status);
        assertThat(record.path("attempts").asInt()).isEqualTo(attempts);
        return record;
    }

    private static String closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/v1";
        }
    }
}
