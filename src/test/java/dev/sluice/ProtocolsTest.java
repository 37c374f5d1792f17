package dev.sluice;

import static dev.sluice.RawUpstream.RESET;
import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What may be retried, and after how long: every row as a case, of the shipped routes over a socket, by a clock of ours. */
class ProtocolsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:07.950Z");
    private static final String OK = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");
    private static final String STREAM = "HTTP/1.1 200 OK\nConnection: close\nContent-Type: text/event-stream\n\n";
    private static final String WORD = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"yes\"}}]}\n\n";
    private static final String END = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private static final int ONCE = 1;
    private static final int ALL = 4;

    private static final String OLD_KEY = "token-of-yesterday";
    private static final String TOO_LONG = error(400, "context_length_exceeded");

    private static final HandTimer TIME = new HandTimer(NOW);

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static RawUpstream upstream;
    private static Node node;
    private static ProducerTemplate template;

    @BeforeAll
    static void start() throws Exception {
        upstream = new RawUpstream();
        Map<String, String> settings = Map.of(
                "intakes", "",
                "upstream.url", upstream.url(),
                "upstream.first-byte-timeout-ms", "300",
                "upstream.idle-timeout-ms", "300",
                "retry.max", "3",
                "retry.base-ms", "20",
                "upstream.api-key", "file:" + key(OLD_KEY),
                "retry.larger-models", "small=large, large=largest",
                "limit.adaptive-factor", "0", // refused on purpose, again and again
                "retry.deadline-ms", "5000");
        node = Node.start(
                Path.of("routes"),
                data,
                settings,
                (routes, all) -> new Beans(routes, all, TIME.clock(), () -> TIME, () -> 0.0));
        template = node.camel().createProducerTemplate();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        upstream.close();
    }

    static Stream<Arguments> rows() {
        List<Arguments> rows = new ArrayList<>();
        // the four of the sketch
        rows.add(row("success at once", ONCE, "", OK));
        rows.add(row("retry on 429, then success", 2, "", error(429, "rate_limit_exceeded"), OK));
        rows.add(row("retries exhausted", ALL, "rate_limit_exceeded", error(429, "rate_limit_exceeded")));
        rows.add(row("401 not retried", ONCE, "invalid_api_key", error(401, "invalid_api_key"), OK));
        // network
        rows.add(row("connection reset", ALL, "connection_lost", RESET));
        rows.add(row("connection reset, then success", 2, "", RESET, OK));
        rows.add(row("response time-out", ALL, "first_byte_timeout", ""));
        rows.add(row("idle time-out", ALL, "idle_timeout", "HTTP/1.1 200 OK\nContent-Length: 500\n\n{"));
        rows.add(row("not HTTP at all", ALL, "connection_lost", "hello\nConnection: close\n\n"));
        // statuses
        IntStream.of(408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 529)
                .forEach(status -> rows.add(row("status " + status, ALL, "http_" + status, error(status, ""))));
        IntStream.of(400, 401, 403, 404, 405, 413, 415, 422, 501, 505)
                .forEach(status -> rows.add(row("status " + status, ONCE, "http_" + status, error(status, ""), OK)));
        // money, not rate
        Stream.of(
                        "insufficient_quota",
                        "credit_balance_exhausted",
                        "organization_usage_limit_exceeded",
                        "organization_spend_limit_exceeded",
                        "project_spend_limit_exceeded",
                        "enforced_spend_limit_reached",
                        "billing_hard_limit_reached")
                .forEach(code -> {
                    rows.add(row("429 " + code, ONCE, code, error(429, code, "Retry-After: 1"), OK));
                    rows.add(row(
                            "429 " + code + ", though x-should-retry: true",
                            ONCE,
                            code,
                            error(429, code, "x-should-retry: true"),
                            OK));
                    rows.add(row(
                            "429 of type " + code,
                            ONCE,
                            code,
                            whole("429 No", "{\"error\":{\"type\":\"" + code + "\"}}"),
                            OK));
                });
        rows.add(row("429 whose message talks of quota", 2, "", errorSaying(429, "insufficient_quota"), OK));
        // 429 with a body that cannot be read
        Stream.of("", "<html>Too many</html>", "[]", "[1]", "{\"error\":", "null", "\"no\"")
                .forEach(body -> rows.add(row("429 with the body " + body, 2, "", whole("429 No", body), OK)));
        rows.add(row("503 slow_down", 2, "", error(503, "slow_down"), OK));
        // never on the same model, never at all
        rows.add(row("context length", ONCE, "context_length_exceeded", error(400, "context_length_exceeded"), OK));
        rows.add(row("content policy", ONCE, "content_policy_violation", error(400, "content_policy_violation"), OK));
        rows.add(row(
                "larger than the limit",
                ONCE,
                "request_larger_than_limit",
                errorSaying(429, "Limit 300, Requested 301"),
                OK));
        rows.add(row("as large as the limit", 2, "", errorSaying(429, "Limit 300, Requested 300"), OK));
        // an error inside a 200
        rows.add(row(
                "200 with server_error",
                ALL,
                "server_error",
                whole("200 OK", "{\"error\":{\"type\":\"server_error\"}}")));
        rows.add(row(
                "200 with invalid_request_error",
                ONCE,
                "invalid_request_error",
                whole("200 OK", "{\"error\":{\"type\":\"invalid_request_error\"}}"),
                OK));
        rows.add(row(
                "200 with insufficient_quota",
                ONCE,
                "insufficient_quota",
                whole("200 OK", "{\"error\":{\"code\":\"insufficient_quota\"}}"),
                OK));
        rows.add(row(
                "error event",
                2,
                "",
                STREAM + WORD + "event: error\ndata: {\"error\":{\"type\":\"overloaded_error\"}}\n\n",
                OK));
        rows.add(row(
                "error event that is final",
                ONCE,
                "context_length_exceeded",
                STREAM + WORD + "data: {\"error\":{\"code\":\"context_length_exceeded\"}}\n\ndata: [DONE]\n\n",
                OK));
        rows.add(row("flat error", 2, "", whole("200 OK", "{\"object\":\"error\",\"message\":\"no\"}"), OK));
        rows.add(row("cut stream", 2, "", STREAM + WORD, OK));
        rows.add(row("cut stream, again and again", ALL, "truncated", STREAM + WORD));
        rows.add(row("last block unterminated: [DONE]", ONCE, "", STREAM + WORD + END + "data: [DONE]"));
        rows.add(row("last block unterminated: finish_reason", ONCE, "", STREAM + WORD + END.strip()));
        rows.add(row("empty body", 2, "", whole("200 OK", ""), OK));
        // the server's word
        rows.add(row("400, but x-should-retry: true", 2, "", error(400, "", "x-should-retry: true"), OK));
        rows.add(row("503, but x-should-retry: false", ONCE, "http_503", error(503, "", "x-should-retry: false"), OK));
        rows.add(row("429, but x-should-retry: false", ONCE, "http_429", error(429, "", "X-Should-Retry: false"), OK));
        return rows.stream();
    }

    @ParameterizedTest(name = "{0}: {1} calls, {2}")
    @MethodSource("rows")
    void makesAsManyCallsAsTheTableSays(String name, int calls, String code, List<String> answers) {
        Exchange exchange = send(answers);

        assertThat(codeOf(exchange)).isEqualTo(code);
        assertThat(upstream.requests()).hasSize(calls);
        assertThat(TIME.waits()).hasSize(calls - 1);
    }

    @ParameterizedTest(name = "{0} {1} → {2} ms")
    @CsvSource(
            delimiter = '|',
            value = {
                "429 |                                                       | 10", // half of retry.base-ms, at least
                "503 |                                                       | 10",
                "429 | retry-after-ms: 40                                    | 40",
                "429 | retry-after-ms: 40.5                                  | 41",
                "429 | x-ms-retry-after-ms: 35                               | 35",
                "429 | Retry-After: 1                                        | 1000",
                "503 | Retry-After: 1                                        | 1000",
                "429 | retry-after: 0.045                                    | 45",
                "429 | RETRY-AFTER: 0                                        | 10",
                "429 | Retry-After: Mon, 23 Nov 2026 08:00:08 GMT            | 50",
                "503 | Retry-After: Monday, 23-Nov-26 08:00:08 GMT           | 50",
                "429 | Retry-After: Mon Nov 23 08:00:08 2026                 | 50",
                "429 | Retry-After: Sun, 22 Nov 2026 08:00:00 GMT            | 10",
                "429 | Retry-After: -5                                       | 10",
                "429 | Retry-After:                                          | 10",
                "429 | Retry-After: soon                                     | 10",
                "429 | retry-after-ms: -1~x-ms-retry-after-ms: x~Retry-After: 0.06 | 60",
                "429 | retry-after-ms: 30~Retry-After: 9                     | 30",
                "429 | x-ratelimit-reset-requests: 6m0s                      | 10",
            })
    void waitsAsLongAsTheServerSays(int status, @Nullable String headers, long millis) {
        String[] lines = headers == null ? new String[0] : headers.split("~");
        Exchange exchange = send(List.of(error(status, "", lines), OK));

        assertThat(exchange.getException()).isNull();
        assertThat(TIME.waits()).containsExactly(millis);
    }

    @Test
    void triesA401AgainWithTheKeyThatWasRenewedMeanwhile() throws Exception {
        String refused = error(401, "invalid_api_key");
        renewUnseen("token-of-today");

        assertThat(codeOf(send(List.of(refused, OK)))).isEmpty();
        assertThat(keysShown()).containsExactly(OLD_KEY, "token-of-today");
        assertThat(codeOf(send(List.of(refused, OK)))).isEqualTo("invalid_api_key");
        assertThat(keysShown()).containsExactly("token-of-today");

        renewUnseen("revoked");
        assertThat(codeOf(send(List.of(refused)))).isEqualTo("invalid_api_key");
        assertThat(keysShown()).containsExactly("token-of-today", "revoked");

        renewUnseen("too late");
        assertThat(codeOf(send(List.of(error(401, "invalid_api_key", "x-should-retry: false"), OK))))
                .isEqualTo("invalid_api_key");
        assertThat(keysShown()).containsExactly("revoked");
    }

    @Test
    void aKeyThatIsRenewedInTimeIsUsedAtOnce() throws Exception {
        Files.writeString(key(OLD_KEY), "renewed in time\n");
        Files.setLastModifiedTime(data.resolve("key"), FileTime.from(NOW));

        assertThat(codeOf(send(List.of(OK)))).isEmpty();
        assertThat(keysShown()).containsExactly("renewed in time");
        Files.delete(data.resolve("key"));
        assertThat(codeOf(send(List.of(error(401, "invalid_api_key"), OK)))).isEqualTo("invalid_api_key");
        assertThat(keysShown()).containsExactly("renewed in time");
    }

    @Test
    void asksALargerModelWhenThePromptIsTooLong() {
        String question = "{\"model\":\"small\",\"seed\":0.1,\"messages\":[{\"role\":\"user\",\"content\":\"long\"}]}";
        Exchange exchange = sendBody(question, TOO_LONG, error(503, ""), TOO_LONG, OK);

        assertThat(exchange.getException()).isNull();
        assertThat(upstream.bodies())
                .containsExactly(
                        question,
                        question.replace("small", "large"),
                        question.replace("small", "large"),
                        question.replace("small", "largest"));
        assertThat(codeOf(sendBody(question.replace("small", "largest"), TOO_LONG, OK)))
                .isEqualTo("context_length_exceeded");
        assertThat(upstream.bodies()).hasSize(1);
    }

    @Test
    void asksNoLargerModelWhenNoCallIsLeft() {
        String question = "{\"model\":\"small\",\"messages\":[{\"role\":\"user\",\"content\":\"long\"}]}";
        String fault = error(500, "server_error");
        Exchange exchange = sendBody(question, fault, fault, fault, TOO_LONG);

        assertThat(codeOf(exchange)).isEqualTo("context_length_exceeded");
        assertThat(upstream.bodies()).hasSize(ALL);
        assertThat(Request.of(exchange).model()).isEqualTo("small");
    }

    @Test
    void keepsTheRequestThatWasTooLongForEveryModelAsItCame() throws Exception {
        String question = "{ \"model\":\"small\", \"messages\":[{\"role\":\"user\",\"content\":\"too long\"}]}";
        Exchange failed = sendBody(question, TOO_LONG);
        failed.setProperty(Exchange.EXCEPTION_CAUGHT, failed.getException());
        failed.setException(null);
        template.send("direct:keep-failed", failed);

        assertThat(codeOf(failed)).isEmpty();
        assertThat(upstream.bodies()).hasSize(3);
        Path kept = Tree.files(data.resolve("failed")).stream()
                .filter(file -> !file.toString().endsWith(".error.json"))
                .findFirst()
                .orElseThrow();
        assertThat(kept).hasContent(question);
    }

    @Test
    void tlsThatIsBrokenOffIsTriedAgain() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread closing = new Thread(() -> closeWhatComes(server));
            closing.setDaemon(true);
            closing.start();
            assertThat(codeWith("upstream.url", "https://127.0.0.1:" + server.getLocalPort() + "/v1"))
                    .isEqualTo("tls_failure 2");
        }
    }

    @Test
    void aConnectionThatIsNotTakenIsTriedAgain() throws Exception {
        List<Socket> backlog = new ArrayList<>();
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            while (fillsBacklog(deaf, backlog)) {
                assertThat(backlog).hasSizeLessThan(100);
            }
            assertThat(codeWith("upstream.url", "http://127.0.0.1:" + deaf.getLocalPort() + "/v1"))
                    .isEqualTo("connect_timeout 2");
        } finally {
            for (Socket socket : backlog) {
                socket.close();
            }
        }
    }

    @Test
    void waitsTwiceAsLongEachTime() {
        send(List.of(error(500, "")));

        assertThat(TIME.waits()).containsExactly(10L, 20L, 40L);
    }

    @Test
    void doesNotWaitLongerThanTheDeadlineAllows() {
        Exchange exchange = send(List.of(error(503, "", "retry-after-ms: 20"), error(503, "", "Retry-After: 5"), OK));

        assertThat(exchange.getException())
                .isInstanceOfSatisfying(DeadlineException.class, failure -> {
                    assertThat(failure.retryAt()).isEmpty();
                    assertThat(failure.retryable()).isTrue();
                })
                .hasMessageContainingAll("5000 ms", "retry.deadline-ms", "attempt 2", "503", "5000 ms");
        assertThat(upstream.requests()).hasSize(2);
    }

    @Test
    void anIntakeMaySetAnEarlierDeadlineAndNoLaterOne() {
        upstream.answers(error(503, "", "Retry-After: 1"), error(503, "", "Retry-After: 1"), OK);
        TIME.startAt(NOW);
        Exchange hasty = send(exchange -> exchange.setProperty("SluiceDeadline", NOW.plusMillis(999)));
        assertThat(codeOf(hasty)).isEqualTo("deadline_exceeded");
        assertThat(upstream.requests()).hasSize(1);

        upstream.answers(error(503, "", "Retry-After: 6"), OK);
        TIME.startAt(NOW);
        Exchange patient = send(exchange -> exchange.setProperty("SluiceDeadline", NOW.plus(Duration.ofDays(1))));
        assertThat(codeOf(patient)).isEqualTo("deadline_exceeded");
    }

    private static void closeWhatComes(ServerSocket server) {
        try {
            while (true) {
                server.accept().close();
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    /** Connections that the system takes and nobody accepts; false when it takes no more. */
    private static boolean fillsBacklog(ServerSocket deaf, List<Socket> backlog) throws IOException {
        Socket socket = new Socket();
        backlog.add(socket);
        try {
            socket.connect(deaf.getLocalSocketAddress(), 300);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** Code and number of attempts of a message, with one retry. */
    private String codeWith(String key, String value) throws Exception {
        Map<String, String> settings =
                Map.of("intakes", "", key, value, "retry.max", "1", "upstream.connect-timeout-ms", "300");
        try (Node other = Node.start(data.resolve("other"), settings);
                ProducerTemplate there = other.camel().createProducerTemplate()) {
            Exchange exchange = there.request(
                    "direct:pipeline", message -> message.getMessage().setBody("question"));
            return codeOf(exchange) + " " + exchange.getProperty("SluiceAttempt");
        }
    }

    private static Path key(String text) throws IOException {
        return Files.writeString(data.resolve("key"), text);
    }

    /** So that it is noticed only when the one before is refused. */
    private static void renewUnseen(String text) throws IOException {
        Path file = data.resolve("key");
        FileTime before = Files.getLastModifiedTime(file);
        Files.setLastModifiedTime(Files.writeString(file, text), before);
    }

    private static List<String> keysShown() {
        return upstream.requests().stream()
                .map(head -> head.replaceFirst("(?s).*Authorization: Bearer ([^\r]*)\r\n.*", "$1"))
                .toList();
    }

    private static Exchange sendBody(String body, String... answers) {
        upstream.answers(answers);
        TIME.startAt(NOW);
        return send(exchange -> exchange.getMessage().setBody(body));
    }

    private static Exchange send(List<String> answers) {
        upstream.answers(answers.toArray(new String[0]));
        TIME.startAt(NOW);
        return send(exchange -> {});
    }

    private static Exchange send(java.util.function.Consumer<Exchange> with) {
        return template.request("direct:pipeline", exchange -> {
            exchange.getMessage().setBody("question");
            with.accept(exchange);
        });
    }

    private static String codeOf(Exchange exchange) {
        Exception failure = exchange.getException();
        return failure == null ? "" : failure instanceof SluiceException e ? e.code() : failure.toString();
    }

    private static Arguments row(String name, int calls, String code, String... answers) {
        return Arguments.of(name, calls, code, List.of(answers));
    }

    private static String error(int status, String code, String... headers) {
        String body = "{\"error\":{\"code\":\"" + code + "\",\"message\":\"no\"}}";
        return whole(
                String.join(
                        "\n",
                        Stream.concat(Stream.of(status + " No"), Stream.of(headers))
                                .toList()),
                body);
    }

    private static String errorSaying(int status, String message) {
        return whole(status + " No", "{\"error\":{\"message\":\"" + message + "\"}}");
    }
}
