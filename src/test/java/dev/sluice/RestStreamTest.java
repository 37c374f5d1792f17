package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed answers over HTTP. */
class RestStreamTest extends FrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void sendsTheChunksOfTheUpstreamAsTheyAreAndThenDone() throws Exception {
        HttpResponse<String> answer = front.post(CHAT, chat("sandbox-echo", "one two three", ""));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElseThrow()).startsWith("text/event-stream");
        List<String> events = data(answer.body());
        assertThat(events).last().isEqualTo("[DONE]");
        assertThat(text(events)).isEqualTo("one two three");
        assertThat(json(events.get(0)).path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(events).noneMatch(event -> event.contains("\"usage\":{"));
    }

    @Test
    void endsWithTheUsageIfThatIsWanted() throws Exception {
        List<String> events =
                data(front.post(CHAT, chat("sandbox-echo", "one two", ",\"stream_options\":{\"include_usage\":true}"))
                        .body());

        JsonNode last = json(events.get(events.size() - 2));
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.at("/usage/total_tokens").asInt()).isPositive();
    }

    @Test
    void aPieceIsThereLongBeforeTheEnd() throws Exception {
        long aborted = front.sandbox().stats().aborted();
        front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ofSeconds(2)));
        try (InputStream body = front.open(CHAT, chat("sandbox-long", "x", "")).body();
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).startsWith("data: {");
            assertThat(front.sandbox().stats().inFlight()).isEqualTo(1);
        }
        await().atMost(FrontNode.LONG)
                .until(() -> front.sandbox().stats().inFlight() == 0
                        && front.sandbox().stats().aborted() > aborted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/completions", "/responses"})
    void otherEndpointsStreamInTheirOwnForm(String path) throws Exception {
        String input = path.equals("/responses") ? "input" : "prompt";
        String body = "{\"model\":\"sandbox-echo\",\"stream\":true,\"%s\":\"one two three\"}".formatted(input);

        String answer = front.post(path, body).body();

        if (input.equals("prompt")) {
            assertThat(data(answer)).last().isEqualTo("[DONE]");
            assertThat(json(data(answer).get(0)).path("object").asText()).isEqualTo("text_completion");
        } else {
            assertThat(answer).contains("event: response.created\ndata: {", "event: response.output_text.delta\n");
            assertThat(answer).doesNotContain("[DONE]");
            JsonNode last = json(data(answer).get(data(answer).size() - 1));
            assertThat(last.path("type").asText()).isEqualTo("response.completed");
            assertThat(last.at("/response/output/0/content/0/text").asText()).isEqualTo("one two three");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sandbox-cut", "sandbox-error-in-200", "sandbox-malformed"})
    void anErrorInAStreamThatHasBegunIsItsLastEvent(String model) throws Exception {
        HttpResponse<String> answer = front.post(CHAT, chat(model, "one two three four", ""));

        assertThat(answer.statusCode()).isEqualTo(200);
        List<String> events = data(answer.body());
        assertThat(events).hasSizeGreaterThan(1).doesNotContain("[DONE]");
        assertThat(json(events.get(events.size() - 1)).at("/error/code").asText())
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/completions", "/responses"})
    void aCutStreamOfAnotherEndpointIsAnErrorToo(String path) throws Exception {
        String input = path.equals("/responses") ? "input" : "prompt";
        String body = "{\"model\":\"sandbox-cut\",\"stream\":true,\"%s\":\"one two three\"}".formatted(input);

        List<String> events = data(front.post(path, body).body());

        assertThat(json(events.get(events.size() - 1)).at("/error/code").asText())
                .isEqualTo("connection_lost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sandbox-400", "sandbox-500", "sandbox-empty", "sandbox-reset"})
    void anErrorBeforeTheFirstPieceHasItsStatus(String model) throws Exception {
        HttpResponse<String> answer = front.post(CHAT, chat(model, "x", ""));

        assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(json(answer.body()).at("/error/message").asText()).isNotEmpty();
    }

    @Test
    void whoTakesNothingInSlowsTheUpstreamDown() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ZERO));
        String prompt = "word ".repeat(80_000);
        try (InputStream body =
                front.open(CHAT, chat("sandbox-echo", prompt, "")).body()) {
            assertThat(body.read()).isEqualTo('d');
            await().during(Duration.ofSeconds(2))
                    .atMost(FrontNode.LONG)
                    .until(() -> front.sandbox().stats().inFlight() == 1);
            String rest = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rest).endsWith("data: [DONE]\n\n");
            assertThat(text(data("d" + rest))).isEqualTo(prompt);
        }
    }

    @Test
    void eventsAreUtf8WhateverTheyAreCalled(@TempDir Path data) throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                FrontNode node = new FrontNode(data, Map.of("upstream.url", upstream.url()))) {
            upstream.answers(
                    "HTTP/1.1 200 OK\nContent-Type: text/event-stream; charset=ISO-8859-1\nConnection: close\n\n"
                            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße, 你好 🙂\"},\"finish_reason\":\"stop\"}]}\n\n"
                            + "data: [DONE]\n\n");

            assertThat(text(data(node.post(CHAT, chat("m", "x", "")).body()))).isEqualTo("Grüße, 你好 🙂");
        }
    }

    static List<String> data(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }

    private static String text(List<String> events) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            if (event.startsWith("{")) {
                text.append(json(event).at("/choices/0/delta/content").asText(""));
            }
        }
        return text.toString();
    }

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text);
    }

    private static String chat(String model, String prompt, String more) {
        return "{\"model\":\"%s\",\"stream\":true%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted(model, more, prompt);
    }
}
