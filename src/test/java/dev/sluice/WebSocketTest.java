package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests over a WebSocket. */
class WebSocketTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static FrontNode front;

    @BeforeAll
    static void start() throws Exception {
        front = new FrontNode(data, Map.of());
    }

    @AfterAll
    static void stop() {
        front.close();
    }

    @AfterEach
    void quick() {
        front.sandbox().configure(FrontNode.QUICK);
    }

    @Test
    void answersSeveralRequestsAtOnceEachUnderItsId() throws Exception {
        Client client = new Client();
        client.say(request("a", "sandbox-echo", "one two three", true));
        client.say(request("b", "sandbox-echo", "whole", false));
        client.say(request("c", "sandbox-400", "x", false));

        JsonNode a = client.last("a", "end");
        JsonNode b = client.last("b", "end");
        JsonNode c = client.last("c", "error");

        assertThat(client.text("a")).isEqualTo("one two three");
        assertThat(a.has("answer")).isFalse();
        assertThat(client.of("a"))
                .extracting(message -> message.path("index").asInt())
                .isSorted();
        assertThat(a.path("index").asInt()).isEqualTo(client.of("a").size() - 1);
        assertThat(b.at("/answer/choices/0/message/content").asText()).isEqualTo("whole");
        assertThat(c.at("/error/code").asText()).isEqualTo("context_length_exceeded");
        assertThat(c.path("status").asInt()).isEqualTo(400);
        client.close();
    }

    @Test
    void aRequestCanBeCancelled() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
        Client client = new Client();
        client.say(request("a", "sandbox-echo", "x", true));
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 1);

        client.say("{\"type\":\"cancel\",\"id\":\"a\"}");

        assertThat(client.last("a", "error").at("/error/code").asText()).isEqualTo("cancelled");
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 0);
        client.close();
    }

    @Test
    void goesOnOverAnotherConnectionFromAnyPiece() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ofMillis(100)));
        Client first = new Client();
        first.say(request("a", "sandbox-echo", "one two three four five six seven eight", true));
        await().atMost(FrontNode.LONG).until(() -> first.of("a").size() >= 3);
        String requestId = first.of("a").get(0).path("requestId").asText();
        first.abort();

        Client second = new Client();
        second.say("{\"type\":\"resume\",\"id\":\"a\",\"requestId\":\"%s\",\"from\":1}".formatted(requestId));

        second.last("a", "end");
        assertThat(second.of("a").get(0).path("index").asInt()).isEqualTo(1);
        assertThat(second.text("a")).isEqualTo("one two three four five six seven eight");
        second.say("{\"type\":\"resume\",\"id\":\"z\",\"requestId\":\"no-such-request\",\"from\":0}");
        assertThat(second.last("z", "error").at("/error/code").asText()).isEqualTo("bad_message");
        second.close();
    }

    @Test
    void tellsWhatItDoesNotUnderstandAndGoesOn() throws Exception {
        Client client = new Client();
        for (String nonsense : List.of("", "hello", "[]", "{", "{\"type\":\"x\"}", "{\"body\":{}}", "{\"from\":-1}")) {
            client.say(nonsense);
        }
        client.say("{\"type\":\"ping\",\"id\":\"p\"}");

        assertThat(client.last("p", "pong")).isNotNull();
        assertThat(client.messages)
                .filteredOn(message -> message.path("kind").asText().equals("error"))
                .hasSize(7);
        client.close();
    }

    @Test
    void isNoPlaceForPlainRequests() throws Exception {
        assertThat(front.get("/chat").statusCode()).isEqualTo(426);
    }

    private static String request(String id, String model, String prompt, boolean stream) {
        String body = RestTest.chat(model, prompt).replaceFirst("\\{", "{\"stream\":" + stream + ",");
        return "{\"id\":\"%s\",\"body\":%s}".formatted(id, body);
    }

    /** One connection, and all that came over it. */
    private static final class Client implements WebSocket.Listener {
        private final List<JsonNode> messages = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(front.url().replaceFirst("http", "ws") + "/chat"), this)
                .join();

        void say(String text) {
            socket.sendText(text, true).join();
        }

        List<JsonNode> of(String id) {
            return messages.stream()
                    .filter(message -> message.path("id").asText().equals(id))
                    .toList();
        }

        String text(String id) {
            StringBuilder text = new StringBuilder();
            of(id).forEach(message ->
                    text.append(message.at("/chunk/choices/0/delta/content").asText("")));
            return text.toString();
        }

        JsonNode last(String id, String kind) {
            await().atMost(FrontNode.LONG).until(() -> of(id).stream()
                    .anyMatch(message -> message.path("kind").asText().equals(kind)));
            return of(id).get(of(id).size() - 1);
        }

        void abort() {
            socket.abort();
        }

        void close() {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                try {
                    messages.add(JSON.readTree(part.toString()));
                } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                    throw new AssertionError(e);
                }
                part.setLength(0);
            }
            from.request(1);
            return null;
        }
    }
}
