package dev.sluice;

import static dev.sluice.SocketClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests over a WebSocket. */
class WebSocketTest extends FrontTest {

    @Test
    void answersSeveralRequestsAtOnceEachUnderItsId() throws Exception {
        SocketClient client = new SocketClient(front.url());
        client.say(request("a", "sandbox-echo", "one two three", true));
        client.say(request("b", "sandbox-echo", "whole", false));
        client.say(request("c", "sandbox-400", "x", false));

        JsonNode a = client.await("a", "end");
        JsonNode b = client.await("b", "end");
        JsonNode c = client.await("c", "error");

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
        SocketClient client = new SocketClient(front.url());
        client.say(request("a", "sandbox-echo", "x", true));
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 1);

        client.cancel("a");

        assertThat(client.await("a", "error").at("/error/code").asText()).isEqualTo("cancelled");
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 0);
        client.close();
    }

    @Test
    void aRequestCanBeCancelledBeforeItHasAPlace(@TempDir Path data) throws Exception {
        try (FrontNode narrow =
                new FrontNode(data, Map.of("throttle.max-concurrent", "1", "camel.main.shutdown-timeout", "1"))) {
            narrow.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
            SocketClient client = new SocketClient(narrow.url());
            client.say(request("a", "sandbox-echo", "x", true));
            await().atMost(FrontNode.LONG).until(() -> narrow.sandbox().stats().inFlight() == 1);
            client.say(request("b", "sandbox-echo", "x", true));
            client.await("b", "accepted");

            client.cancel("b");

            assertThat(client.await("b", "error").at("/error/code").asText()).isEqualTo("cancelled");
            client.abort();
        }
    }

    @Test
    void goesOnOverAnotherConnectionFromAnyPiece() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ofMillis(100)));
        SocketClient first = new SocketClient(front.url());
        first.say(request("a", "sandbox-echo", "one two three four five six seven eight", true));
        await().atMost(FrontNode.LONG).until(() -> first.of("a").size() >= 3);
        first.abort();

        SocketClient second = new SocketClient(front.url());
        second.resume("a", first.of("a").get(0).path("requestId").asText(), 1);

        second.await("a", "end");
        assertThat(second.of("a").get(0).path("index").asInt()).isEqualTo(1);
        assertThat(second.text("a")).isEqualTo("one two three four five six seven eight");
        second.resume("z", "no-such-request", 0);
        assertThat(second.await("z", "error").at("/error/code").asText()).isEqualTo("bad_message");
        second.close();
    }

    @Test
    void aConnectionMayBreakBeforeTheFirstPiece() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(2)));
        SocketClient first = new SocketClient(front.url());
        first.say(request("a", "sandbox-echo", "one two", true));
        String requestId = first.await("a", "accepted").path("requestId").asText();
        first.abort();

        SocketClient second = new SocketClient(front.url());
        second.resume("a", requestId, 0);

        second.await("a", "end");
        assertThat(second.text("a")).isEqualTo("one two");
        second.close();
    }

    @Test
    void streamsOverOneConnectionGoOnTogetherWhenItsClientReadsAgain(@TempDir Path data) throws Exception {
        String text = "x".repeat(60_000);
        int chunks = 150; // more than any buffer on the way takes
        String stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(text);
        try (RawUpstream raw = new RawUpstream();
                FrontNode plain = new FrontNode(data, Map.of("upstream.url", raw.url()))) {
            raw.answers("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nConnection: close\n\n"
                    + stream.repeat(chunks) + "data: [DONE]\n\n");
            SocketClient client = new SocketClient(plain.url());
            client.stopReading();
            client.say(request("a", "m", "x", true));
            client.say(request("b", "m", "x", true));
            await().atMost(FrontNode.LONG).until(() -> raw.requests().size() == 2);
            await().during(Duration.ofSeconds(2)).atMost(FrontNode.LONG).until(() -> raw.answered() == 0);

            client.readOn();

            client.await("a", "end");
            client.await("b", "end");
            assertThat(client.text("a")).hasSize(chunks * text.length());
            assertThat(client.text("b")).hasSize(chunks * text.length());
            client.close();
        }
    }

    @Test
    void hasTheWholeAnswerOfAnUpstreamThatDoesNotStream(@TempDir Path data) throws Exception {
        try (RawUpstream raw = new RawUpstream();
                FrontNode plain = new FrontNode(data, Map.of("upstream.url", raw.url()))) {
            raw.answers(
                    RawUpstream.whole(
                            "200 OK",
                            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"all\"},\"finish_reason\":\"stop\"}]}"));
            SocketClient client = new SocketClient(plain.url());
            client.say(request("a", "m", "x", true));

            JsonNode end = client.await("a", "end");

            assertThat(client.text("a")
                            + end.at("/answer/choices/0/message/content").asText(""))
                    .isEqualTo("all");
            client.close();
        }
    }

    @Test
    void tellsWhatItDoesNotUnderstandAndGoesOn() throws Exception {
        SocketClient client = new SocketClient(front.url());
        for (String nonsense : List.of("", "hello", "[]", "{", "{\"type\":\"x\"}", "{\"body\":{}}", "{\"from\":-1}")) {
            client.say(nonsense);
        }
        client.say("{\"type\":\"ping\",\"id\":\"p\"}");

        assertThat(client.await("p", "pong")).isNotNull();
        assertThat(client.messages())
                .filteredOn(message -> message.path("kind").asText().equals("error"))
                .hasSize(7);
        client.close();
    }

    @Test
    void isNoPlaceForPlainRequests() throws Exception {
        assertThat(front.get("/chat").statusCode()).isEqualTo(426);
    }
}
