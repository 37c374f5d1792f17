package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.call.BrokenOffException;
import dev.sluice.call.FinalUpstreamException;
import dev.sluice.call.RetryableUpstreamException;
import dev.sluice.intake.Api;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import dev.sluice.split.PieceNotDeliveredException;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Streamed answers that leave in pieces, through the shipped routes. */
class SplitTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEAD = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n";
    private static final String CUT = HEAD + "Connection: close\nContent-Length: 5000\n\n";
    private static final String STOP =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private static RawUpstream upstream;
    private static Node node;
    private static final List<Delivered> PIECES = new CopyOnWriteArrayList<>();
    private static volatile CountDownLatch gate;
    private static volatile String refused = "";

    /** A piece that has come to its endpoint. */
    record Delivered(String body, Map<String, Object> headers, Object tenant) {
        JsonNode json() throws IOException {
            return JSON.readTree(body);
        }

        String kind() {
            return String.valueOf(headers.get("SluiceKind"));
        }
    }

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        upstream = new RawUpstream();
        Map<String, String> settings = Map.of(
                "upstream.url", upstream.url(),
                "retry.max", "2",
                "upstream.first-byte-timeout-ms", "60000",
                "upstream.idle-timeout-ms", "700");
        node = Node.start(data, settings);
        node.camel().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:collect").errorHandler(noErrorHandler()).process(SplitTest::take);
            }
        });
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        upstream.close();
    }

    @BeforeEach
    void forget() {
        PIECES.clear();
        gate = new CountDownLatch(0);
        refused = "";
    }

    private static void take(Exchange piece) throws InterruptedException {
        String body = piece.getMessage().getBody(String.class);
        if (!refused.isEmpty() && body.contains(refused)) {
            throw new IllegalStateException("the disk is full");
        }
        PIECES.add(new Delivered(
                body, new HashMap<>(piece.getMessage().getHeaders()), piece.getProperty(IntakeProperties.TENANT)));
        gate.await(60, TimeUnit.SECONDS);
    }

    @Test
    void aPieceLeavesWhileTheNextIsNotThereYet() throws Exception {
        upstream.answers(HEAD + "Content-Length: 5000\n\n" + text("Hello"));
        Cancellation cancellation = new Cancellation();

        CompletableFuture<Exchange> ended = send(Map.of(IntakeProperties.CANCEL, cancellation));
        await().until(() -> PIECES.size() == 1);

        assertThat(PIECES.get(0).json().path("text").asText()).isEqualTo("Hello");
        cancellation.cancel();
        assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
        assertThat(kinds()).containsExactly("1 piece");
    }

    @Test
    void piecesSayWhereTheyBelong() throws Exception {
        upstream.answers(whole(text("Hel") + text("") + text("lo\\n") + STOP + USAGE + DONE));

        Exchange answered = answered(Map.of(IntakeProperties.TENANT, "t1"));

        String id = answered.getMessage().getHeader("SluiceRequestId", String.class);
        assertThat(PIECES.stream().map(Delivered::body))
                .containsExactly("""
                        {"requestId":"%s","attempt":1,"index":0,"kind":"piece","text":"Hel"}""".formatted(id), """
                        {"requestId":"%s","attempt":1,"index":1,"kind":"piece","text":"lo\\n"}""".formatted(id), """
                        {"requestId":"%s","attempt":1,"index":2,"kind":"end","finishReason":"stop","usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}""".formatted(id));
        assertThat(PIECES).allSatisfy(piece -> {
            assertThat(piece.headers.keySet())
                    .containsExactlyInAnyOrder("SluiceRequestId", "SluiceAttempt", "SluiceIndex", "SluiceKind");
            assertThat(piece.headers.get("SluiceRequestId")).isEqualTo(id);
            assertThat(piece.tenant).isEqualTo("t1");
        });
        assertThat(JSON.readTree(answered.getMessage().getBody(String.class))
                        .at("/choices/0/message/content")
                        .asText())
                .isEqualTo("Hello\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delta     | One. |  Two.|\\n\\nThr|ee.",
                "sentence  | One. Two.\\n\\nThree.",
                "line      | One. Two.\\n\\nThree.",
                "paragraph | One. Two.\\n\\nThree."
            })
    void piecesJoinedAreTheAnswerInEveryUnit(String unit) throws Exception {
        upstream.answers(whole(text("One.") + text(" Two.") + text("\\n\\nThr") + text("ee.") + STOP + DONE));

        answered(Map.of(IntakeProperties.SPLIT_UNIT, unit));

        List<String> texts = texts();
        assertThat(String.join("", texts)).isEqualTo("One. Two.\n\nThree.");
        assertThat(texts)
                .isEqualTo(
                        switch (unit) {
                            case "delta" -> List.of("One.", " Two.", "\n\nThr", "ee.");
                            case "sentence" -> List.of("One. ", "Two.\n\n", "Three.");
                            case "line" -> List.of("One. Two.\n", "\n", "Three.");
                            default -> List.of("One. Two.\n\n", "Three.");
                        });
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "COMPLETIONS, delta",
        "COMPLETIONS, sentence",
        "COMPLETIONS, line",
        "COMPLETIONS, paragraph",
        "RESPONSES, delta",
        "RESPONSES, sentence",
        "RESPONSES, line",
        "RESPONSES, paragraph"
    })
    void theOtherEndpointsLeaveInEveryUnitToo(Api api, String unit) throws Exception {
        upstream.answers(whole(streamed(api, "One.", " Two.", "\\n\\nThr", "ee.")));

        answered(api, Map.of(IntakeProperties.SPLIT_UNIT, unit));

        assertThat(texts())
                .isEqualTo(
                        switch (unit) {
                            case "delta" -> List.of("One.", " Two.", "\n\nThr", "ee.");
                            case "sentence" -> List.of("One. ", "Two.\n\n", "Three.");
                            case "line" -> List.of("One. Two.\n", "\n", "Three.");
                            default -> List.of("One. Two.\n\n", "Three.");
                        });
        JsonNode end = PIECES.get(PIECES.size() - 1).json();
        assertThat(end.path("finishReason").asText()).isEqualTo(api == Api.RESPONSES ? "completed" : "stop");
        assertThat(end.at("/usage/total_tokens").asInt()).isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPLETIONS", "RESPONSES"})
    void valuesOfTheirJsonToo(Api api) throws Exception {
        upstream.answers(whole(streamed(api, "{\\\"a\\\":1,", "\\\"b\\\":[2,3]}")));

        answered(api, Map.of(IntakeProperties.SPLIT_UNIT, "json"));

        assertThat(PIECES.stream().map(piece -> json(piece).path("at").asText("none")))
                .containsExactly("/a", "/b/0", "/b/1", "none", "none");
        assertThat(String.join("", texts())).isEqualTo("{\"a\":1,\"b\":[2,3]}");
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPLETIONS", "RESPONSES"})
    void theirAnswersThatComeWholeToo(Api api) throws Exception {
        upstream.answers(RawUpstream.whole("200 OK", answer(api, "One. Two.")));

        answered(api, Map.of(IntakeProperties.SPLIT_UNIT, "sentence"));

        assertThat(texts()).containsExactly("One. ", "Two.");
        assertThat(kinds()).endsWith("1 end");
    }

    @Test
    void aResponseThatRefusesSaysSo() throws Exception {
        upstream.answers(whole("""
                data: {"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"No."}

                data: {"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}}

                """));

        answered(Api.RESPONSES, Map.of());

        assertThat(PIECES.get(0).json().path("refusal").asText()).isEqualTo("No.");
        assertThat(PIECES.get(1).json().path("finishReason").asText()).isEqualTo("content_filter");
        assertThat(kinds()).containsExactly("1 piece", "1 end");
    }

    @Test
    void choicesAndRefusalsAreToldApart() throws Exception {
        upstream.answers(whole("""
                data: {"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"refusal":"No"}}]}

                data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"length"}]}

                """));

        answered(Map.of());

        assertThat(PIECES.get(0).json().path("choice").asInt()).isEqualTo(1);
        assertThat(PIECES.get(0).json().path("text").asText()).isEqualTo("b");
        assertThat(PIECES.get(1).json().has("choice")).isFalse();
        assertThat(PIECES.get(1).json().path("refusal").asText()).isEqualTo("No");
        assertThat(PIECES.get(2).json().path("finishReason").asText()).isEqualTo("stop");
    }

    @Test
    void anEventIsLeftAsItCame() throws Exception {
        String odd =
                "{ \"choices\" : [ {\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"} ], \"x\":1.0 }";
        upstream.answers(whole("data: " + odd + "\n\n" + USAGE + DONE));

        answered(Map.of(IntakeProperties.SPLIT_UNIT, "event"));

        assertThat(PIECES.get(0).body).isEqualTo(odd);
        assertThat(kinds()).containsExactly("1 piece", "1 piece", "1 end");
    }

    @Test
    void anAnswerThatComesWholeLeavesInPiecesToo() throws Exception {
        String completion =
                "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"One. Two.\"},\"finish_reason\":\"stop\"}]}";
        upstream.answers("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n%s"
                .formatted(completion.length(), completion));

        Exchange answered = answered(Map.of(IntakeProperties.SPLIT_UNIT, "sentence"));

        assertThat(texts()).containsExactly("One. ", "Two.");
        assertThat(kinds()).endsWith("1 end");
        assertThat(answered.getMessage().getBody(String.class)).isEqualTo(completion);
    }

    @Test
    void nothingIsSplitUnlessSomebodyWantsThePieces() throws Exception {
        upstream.answers(whole(text("Hello") + STOP + DONE));

        Exchange answered = send(null, Map.of()).get(60, TimeUnit.SECONDS);

        assertThat(answered.getException()).isNull();
        assertThat(PIECES).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"cut", "stalled", "refused"})
    void anAttemptThatBreaksAfterItsFirstPieceIsDeclaredVoidAndTriedAgain(String how) throws Exception {
        upstream.answers(broken(how, text("Hel")), whole(text("Hel") + text("lo") + STOP + DONE));

        Exchange answered = answered(Map.of());

        assertThat(kinds()).containsExactly("1 piece", "1 void", "2 piece", "2 piece", "2 end");
        assertThat(PIECES.stream().map(piece -> piece.headers.get("SluiceIndex")))
                .containsExactly(0, 1, 0, 1, 2);
        assertThat(answered.getMessage().getHeader("SluiceAttempt")).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"cut", "stalled", "refused"})
    void anAttemptThatBreaksBeforeItsFirstPieceLeavesNoTrace(String how) throws Exception {
        upstream.answers(broken(how, text("")), whole(text("Hello") + STOP + DONE));

        answered(Map.of(IntakeProperties.RESTART, "fail"));

        assertThat(kinds()).containsExactly("2 piece", "2 end");
    }

    @Test
    void whatCannotBeTakenBackIsNotTriedAgain() throws Exception {
        upstream.answers(broken("cut", text("Hel")));

        Exchange failed = failed(Map.of(IntakeProperties.RESTART, "fail"));

        assertThat(failed.getException()).isInstanceOf(BrokenOffException.class);
        assertThat(((BrokenOffException) failed.getException()).code()).isEqualTo("connection_lost");
        assertThat(kinds()).containsExactly("1 piece");
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void aDeadlineThatComesAfterTheFirstPieceIsNoFailureOfTheUpstream() throws Exception {
        upstream.answers(HEAD + "Content-Length: 5000\n\n" + text("Hel"));

        Exchange failed = failed(Map.of(
                IntakeProperties.RESTART,
                "fail",
                IntakeProperties.DEADLINE,
                Instant.now().plusMillis(400)));

        assertThat(failed.getException()).isInstanceOf(DeadlineException.class);
        assertThat(kinds()).containsExactly("1 piece");
        assertThat(upstream.requests()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({IntakeProperties.SPLIT_UNIT + ",words", IntakeProperties.RESTART + ",perhaps"})
    void whoWantsWhatThereIsNotEndsTheCall(String property, String value) throws Exception {
        upstream.answers(HEAD + "Content-Length: 5000\n\n" + text("Hel"));

        Exchange failed = failed(Map.of(property, value));

        assertThat(failed.getException()).hasMessageContaining(value);
        assertThat(PIECES).isEmpty();
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void everyAttemptOfAMessageThatFailsIsDeclaredVoid() throws Exception {
        upstream.answers(broken("cut", text("Hel")));

        Exchange failed = failed(Map.of());

        assertThat(failed.getException()).isInstanceOf(RetryableUpstreamException.class);
        assertThat(kinds()).containsExactly("1 piece", "1 void", "2 piece", "2 void", "3 piece", "3 void");
    }

    @Test
    void anErrorThatNoRetryHelpsIsDeclaredVoidAndFails() throws Exception {
        upstream.answers(whole(text("Hel") + "data: {\"error\":{\"code\":\"insufficient_quota\"}}\n\n"));

        Exchange failed = failed(Map.of());

        assertThat(failed.getException()).isInstanceOf(FinalUpstreamException.class);
        assertThat(kinds()).containsExactly("1 piece", "1 void");
    }

    @Test
    void aPieceThatIsNotTakenEndsTheAttemptAndItsCall() throws Exception {
        upstream.answers(HEAD + "Content-Length: 5000\n\n" + text("one") + text("two") + text("three"));
        refused = "two";

        Exchange failed = failed(Map.of());

        assertThat(failed.getException())
                .isInstanceOf(PieceNotDeliveredException.class)
                .hasMessageContaining("direct:collect")
                .hasMessageContaining("the disk is full");
        assertThat(texts()).containsExactly("one");
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void aPieceThatIsTakenSlowlySlowsTheUpstreamDown() throws Exception {
        gate = new CountDownLatch(1);
        String piece = text("x".repeat(100_000));
        upstream.answers(whole(piece.repeat(200) + STOP + DONE)); // far more than all buffers on the way

        CompletableFuture<Exchange> ended = send(Map.of());
        await().until(() -> PIECES.size() == 1);
        await().during(java.time.Duration.ofSeconds(1)).until(() -> PIECES.size() == 1 && upstream.answered() == 0);

        gate.countDown();
        assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isNull();
        assertThat(PIECES).hasSize(201);
    }

    @Test
    void aClientThatGoesAwayWhileAPieceIsDeliveredEndsTheCall() throws Exception {
        gate = new CountDownLatch(1);
        upstream.answers(HEAD + "Content-Length: 5000\n\n" + text("one") + text("two"));
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Exchange> ended = send(Map.of(IntakeProperties.CANCEL, cancellation));
        await().until(() -> PIECES.size() == 1);

        cancellation.cancel();
        gate.countDown();

        assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
        assertThat(kinds()).containsExactly("1 piece");
    }

    private static Exchange answered(Map<String, Object> properties) throws Exception {
        Exchange answered = send(properties).get(60, TimeUnit.SECONDS);
        assertThat(answered.getException()).isNull();
        assertNothingIsLeftOpen();
        return answered;
    }

    private static Exchange answered(Api api, Map<String, Object> properties) throws Exception {
        Map<String, Object> all = new HashMap<>(properties);
        all.put(Request.API_PROPERTY, api);
        return answered(all);
    }

    /** A stream of an endpoint that says these texts, one an event. */
    private static String streamed(Api api, String... texts) {
        StringBuilder events = new StringBuilder();
        for (String text : texts) {
            String event = api == Api.RESPONSES
                    ? "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"%s\"}"
                    : "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"%s\",\"finish_reason\":null}]}";
            events.append("data: ").append(event.formatted(text)).append("\n\n");
        }
        return api == Api.RESPONSES
                ? events + "data: {\"type\":\"response.output_text.done\"}\n\n"
                        + "data: {\"type\":\"response.completed\",\"response\":" + answer(api, String.join("", texts))
                        + "}\n\n"
                : events + "data: {\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n" + USAGE
                        + DONE;
    }

    /** The same, whole. */
    private static String answer(Api api, String text) {
        return (api == Api.RESPONSES
                        ? "{\"object\":\"response\",\"status\":\"completed\",\"incomplete_details\":null,\"output\":[{\"type\":\"reasoning\",\"summary\":[]},"
                                + "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\"}]}],\"usage\":{\"total_tokens\":7}}"
                        : "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"%s\",\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":7}}")
                .formatted(text);
    }

    private static JsonNode json(Delivered piece) {
        try {
            return piece.json();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Exchange failed(Map<String, Object> properties) throws Exception {
        Exchange failed = send(properties).get(60, TimeUnit.SECONDS);
        assertThat(failed.getException()).isNotNull();
        assertNothingIsLeftOpen();
        await().until(() -> upstream.open() == 0);
        return failed;
    }

    private static void assertNothingIsLeftOpen() {
        MeterRegistry meters = node.camel()
                .getRegistry()
                .findByType(MeterRegistry.class)
                .iterator()
                .next();
        assertThat(meters.get("sluice.calls.in.flight").gauge().value()).isZero();
    }

    private static CompletableFuture<Exchange> send(Map<String, Object> properties) {
        return send("collect", properties);
    }

    private static CompletableFuture<Exchange> send(String piecesTo, Map<String, Object> properties) {
        return node.camel().createProducerTemplate().asyncSend("direct:pipeline", exchange -> {
            exchange.getMessage()
                    .setBody(
                            properties.containsKey(Request.API_PROPERTY)
                                    ? "{\"model\":\"m\",\"stream\":true,\"prompt\":\"q\",\"input\":\"q\"}"
                                    : CallTest.chat("m", "q", true));
            exchange.setProperty(IntakeProperties.PIECES_TO, piecesTo);
            properties.forEach(exchange::setProperty);
        });
    }

    /** The attempt and the kind of each piece. */
    private static List<String> kinds() {
        return PIECES.stream()
                .map(piece -> piece.headers.get("SluiceAttempt") + " " + piece.kind())
                .collect(Collectors.toList());
    }

    private static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        for (Delivered piece : PIECES) {
            if (piece.kind().equals("piece")) {
                texts.add(piece.json().path("text").asText());
            }
        }
        return texts;
    }

    private static String text(String content) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(content);
    }

    /** A stream that ends cleanly, on a connection that is closed then. */
    private static String whole(String events) {
        return HEAD + "Connection: close\n\n" + events;
    }

    private static String broken(String how, String events) {
        return switch (how) {
            case "cut" -> CUT + events;
            case "stalled" -> HEAD + "Content-Length: 5000\n\n" + events;
            default -> whole(events + "data: {\"error\":{\"code\":\"server_error\"}}\n\n");
        };
    }
}
