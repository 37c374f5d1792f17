package dev.sluice.sandbox;

import static dev.sluice.sandbox.Caller.chat;
import static dev.sluice.sandbox.Caller.chunks;
import static dev.sluice.sandbox.Caller.content;
import static dev.sluice.sandbox.Caller.data;
import static dev.sluice.sandbox.Caller.error;
import static dev.sluice.sandbox.Caller.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each model does, the faults notwithstanding: this sandbox fails every call of any other model. */
class SandboxModelTest {
    private static Sandbox sandbox;
    private static Caller caller;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(SandboxConfig.defaults()
                .withLatency(Duration.ofMillis(5))
                .withChunkDelay(Duration.ofMillis(1))
                .withFaults("status-418:1"));
        caller = new Caller(sandbox);
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @ParameterizedTest(name = "{0} with stream={6}")
    @CsvSource({
        "sandbox-400,        400, invalid_request_error, context_length_exceeded, ,     ,     false",
        "sandbox-401,        401, invalid_request_error, invalid_api_key,         ,     ,     false",
        "sandbox-429,        429, requests,              rate_limit_exceeded,     1,    1000, false",
        "sandbox-quota,      429, insufficient_quota,    insufficient_quota,      ,     ,     true",
        "sandbox-500,        500, server_error,          ,                        ,     ,     false",
        "sandbox-503,        503, server_error,          ,                        1,    1000, true",
        "sandbox-status-418, 418, invalid_request_error, ,                        ,     ,     true",
        "sandbox-status-529, 529, server_error,          ,                        ,     ,     false",
        "gpt-4o-mini,        418, invalid_request_error, ,                        ,     ,     false",
    })
    void failsWithACleanError(
            String model,
            int status,
            String type,
            String code,
            String retryAfter,
            String retryAfterMs,
            boolean stream) {
        HttpResponse<String> response = caller.post(chat(model, "x").put("stream", stream));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(error(response).path("type").asText()).isEqualTo(type);
        assertThat(error(response).path("code").textValue()).isEqualTo(code);
        assertThat(error(response).path("message").asText()).isNotEmpty();
        assertThat(response.headers().firstValue("retry-after").orElse(null)).isEqualTo(retryAfter);
        assertThat(response.headers().firstValue("retry-after-ms").orElse(null)).isEqualTo(retryAfterMs);
    }

    @Test
    void answersAStatusThatHasNoBodyWithoutOne() {
        HttpResponse<String> response = caller.post(chat("sandbox-status-204", "x"));
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sandbox-status-199", "sandbox-status-600", "sandbox-status-x", "sandbox-unheard-of"})
    void treatsANameThatItDoesNotKnowLikeAnyOther(String model) {
        assertThat(caller.post(chat(model, "x")).statusCode()).isEqualTo(418);
    }

    @Test
    void flakyFailsTwiceForEachPromptAndThenAnswers() {
        for (String prompt : List.of("one", "two")) {
            ObjectNode body = chat("sandbox-flaky", prompt);
            assertThat(caller.post(body).statusCode()).isEqualTo(503);
            HttpResponse<String> second = caller.post(body);
            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.headers().firstValue("retry-after")).hasValue("0");
            assertThat(second.headers().firstValue("retry-after-ms")).hasValue("50");
            assertThat(caller.post(body).statusCode()).isEqualTo(200);
            assertThat(caller.post(body).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void slowTakesTwoSecondsToBeginAndTwoTenthsAChunk() {
        ObjectNode body = chat("sandbox-slow", "Hi").put("stream", true).put("max_tokens", 3);
        long begin = System.nanoTime();
        List<JsonNode> chunks = chunks(caller.post(body));
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(chunks).hasSize(4);
        assertThat(took).isGreaterThanOrEqualTo(Duration.ofMillis(2000 + 4 * 200));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void echoAnswersTheMessageExactly(boolean stream) {
        String message = " \tspace, \"quotes\" \\ [DONE] data: x\r\n\n\u2028\u0000 é 漢字 😀 half a pair \ud83d ";
        ObjectNode body = chat("sandbox-echo", message).put("stream", stream);
        // Jackson writes half a pair as an escape, as other clients do
        String ascii = body.toString().replace("\ud83d ", "\\ud83d ");

        HttpResponse<String> response = caller.post(ascii);
        String answer = stream
                ? content(chunks(response), 0)
                : json(response).at("/choices/0/message/content").asText();
        assertThat(answer).isEqualTo(message);
    }

    @Test
    void echoStreamsAMessageOfMegabytes() {
        String message = "word ".repeat(150_000);
        sandbox.configure(SandboxConfig.defaults().withChunkDelay(Duration.ZERO).withFaults("status-418:1"));
        assertThat(content(chunks(caller.post(chat("sandbox-echo", message).put("stream", true))), 0))
                .isEqualTo(message);
    }

    @Test
    void longAnswersSeveralHundredWordsAndAlwaysTheSame() {
        String answer = json(caller.post(chat("sandbox-long", "Tell me")))
                .at("/choices/0/message/content")
                .asText();
        assertThat(answer.split("\\s+").length).isBetween(300, 900);
        assertThat(answer.split("\n\n")).hasSize(6);
        assertThat(content(chunks(caller.post(chat("sandbox-long", "Tell me").put("stream", true))), 0))
                .isEqualTo(answer);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void resetResetsTheConnectionBeforeTheResponse(boolean stream) throws IOException {
        try (Socket socket = caller.open(chat("sandbox-reset", "x").put("stream", stream))) {
            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(() -> socket.getInputStream().read())
                    .withMessageContaining("reset");
        }
    }

    @Test
    void stallSendsTheFirstChunkOfAStreamAndThenNothing() throws IOException {
        try (Socket socket = caller.open(chat("sandbox-stall", "x").put("stream", true))) {
            InputStream in = socket.getInputStream();
            String begin = Caller.readUntil(in, "\r\n\r\n");
            assertThat(begin).startsWith("HTTP/1.1 200 OK").contains("text/event-stream");
            assertThat(Caller.readUntil(in, "]}\n\n\r\n")).contains("\"role\":\"assistant\"");
            assertNothingComes(socket);
        }
        awaitNoneInFlight();
    }

    @Test
    void stallSendsNothingAtAllOfAJsonAnswer() throws IOException {
        try (Socket socket = caller.open(chat("sandbox-stall", "x"))) {
            assertNothingComes(socket);
        }
        awaitNoneInFlight();
    }

    @Test
    void cutClosesAStreamBeforeItsEnd() throws IOException {
        String seen = caller.readToTheEnd(chat("sandbox-cut", "x").put("stream", true));
        assertThat(seen).contains("Sandbox").doesNotContain("[DONE]").doesNotContain("\"stop\"");
        assertThat(seen).doesNotEndWith("0\r\n\r\n");
    }

    @Test
    void cutClosesAJsonAnswerBeforeItsPromisedLength() throws IOException {
        String seen = caller.readToTheEnd(chat("sandbox-cut", "x"));
        int headEnd = seen.indexOf("\r\n\r\n");
        int promised = Integer.parseInt(seen.replaceAll("(?is).*content-length: (\\d+).*", "$1"));
        assertThat(seen.length() - headEnd - 4).isPositive().isLessThan(promised);
    }

    @Test
    void malformedBreaksOneChunkOfAStream() {
        HttpResponse<String> response =
                caller.post(chat("sandbox-malformed", "x").put("stream", true));
        List<String> data = data(response.body());
        assertThat(data.stream().filter(SandboxModelTest::isBroken)).hasSize(1);
        assertThat(data).endsWith("[DONE]");
    }

    @Test
    void malformedBreaksTheBodyOfAJsonAnswer() {
        HttpResponse<String> response = caller.post(chat("sandbox-malformed", "x"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(isBroken(response.body())).isTrue();
    }

    @Test
    void errorIn200IsAnErrorObjectOrAnErrorEventWithoutDone() {
        HttpResponse<String> body = caller.post(chat("sandbox-error-in-200", "x"));
        assertThat(body.statusCode()).isEqualTo(200);
        assertThat(error(body).path("type").asText()).isEqualTo("server_error");

        HttpResponse<String> stream =
                caller.post(chat("sandbox-error-in-200", "x").put("stream", true));
        assertThat(stream.statusCode()).isEqualTo(200);
        List<String> data = data(stream.body());
        assertThat(data.get(0)).contains("assistant");
        assertThat(json(data.get(data.size() - 1)).at("/error/type").asText()).isEqualTo("server_error");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void emptyIsA200WithoutABody(boolean stream) {
        HttpResponse<String> response = caller.post(chat("sandbox-empty", "x").put("stream", stream));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void htmlIsA502WithThePageOfAProxy() {
        HttpResponse<String> response = caller.post(chat("sandbox-html", "x"));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/html");
        assertThat(response.body()).startsWith("<html>");
    }

    private static boolean isBroken(String data) {
        try {
            if (!data.equals("[DONE]")) {
                Caller.JSON.readTree(data);
            }
            return false;
        } catch (JsonProcessingException broken) {
            return true;
        }
    }

    private static void assertNothingComes(Socket socket) throws SocketException {
        socket.setSoTimeout(150);
        assertThatExceptionOfType(SocketTimeoutException.class)
                .isThrownBy(() -> socket.getInputStream().read());
    }

    private static void awaitNoneInFlight() {
        Awaitility.await().until(() -> sandbox.stats().inFlight() == 0);
    }
}
