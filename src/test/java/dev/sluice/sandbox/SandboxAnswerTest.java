package dev.sluice.sandbox;

import static dev.sluice.sandbox.Caller.chat;
import static dev.sluice.sandbox.Caller.chunks;
import static dev.sluice.sandbox.Caller.content;
import static dev.sluice.sandbox.Caller.error;
import static dev.sluice.sandbox.Caller.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxAnswerTest {
    private static final SandboxConfig QUICK =
            SandboxConfig.defaults().withLatency(Duration.ZERO).withChunkDelay(Duration.ZERO);
    private static Sandbox sandbox;
    private static Caller caller;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(QUICK);
        caller = new Caller(sandbox);
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void answersWithAChatCompletionThatShowsWhatItGot() {
        HttpResponse<String> response = caller.post(chat("gpt-4o-mini", "What is a sluice, in seven words?"));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        JsonNode answer = json(response);
        assertThat(answer.path("id").asText()).startsWith("chatcmpl-");
        assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
        assertThat(answer.path("created").asLong()).isGreaterThan(1_700_000_000);
        assertThat(answer.path("model").asText()).isEqualTo("gpt-4o-mini");
        assertThat(answer.path("choices")).hasSize(1);
        assertThat(answer.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").asText())
                .isEqualTo("Sandbox answer to \"What is a sluice, in seven words?\" (7 words).");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(9);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(16);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(25);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', textBlock = """
                    one                                                                    | Sandbox answer to "one" (1 word).
                    a rather long prompt that goes on and on beyond its sixtieth character | Sandbox answer to "a rather long prompt that goes on and on beyond its sixtieth…" (13 words).
                    ''                                                                     | Sandbox answer to "" (0 words).
                    """)
    void showsTheFirstSixtyCharactersOfThePrompt(String prompt, String answer) {
        assertThat(json(caller.post(chat("any", prompt)))
                        .at("/choices/0/message/content")
                        .asText())
                .isEqualTo(answer);
    }

    @Test
    void streamsChunksAsOpenAiDoes() {
        HttpResponse<String> response =
                caller.post(chat("gpt-4o-mini", "Hello there").put("stream", true));

        assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        List<JsonNode> chunks = chunks(response);
        JsonNode first = chunks.get(0);
        assertThat(first.path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(first.at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(first.at("/choices/0/finish_reason").isNull()).isTrue();
        assertThat(first.has("usage")).isFalse();
        assertThat(content(chunks, 0)).isEqualTo("Sandbox answer to \"Hello there\" (2 words).");
        assertThat(chunks).hasSize(9);
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(last.at("/choices/0/delta")).isEmpty();
        assertThat(chunks)
                .extracting(chunk -> chunk.path("id").asText())
                .containsOnly(first.path("id").asText());
    }

    @Test
    void sendsTheUsageInAChunkOfItsOwnWhenAskedFor() {
        ObjectNode body = chat("gpt-4o-mini", "Hello there").put("stream", true);
        body.putObject("stream_options").put("include_usage", true);

        List<JsonNode> chunks = chunks(caller.post(body));
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.path("choices").isArray()).isTrue();
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.at("/usage/total_tokens").asInt()).isEqualTo(3 + 11);
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allMatch(chunk -> chunk.path("usage").isNull());
    }

    @Test
    void givesAsManyChoicesAsAskedFor() {
        ObjectNode body = chat("gpt-4o-mini", "Hi").put("n", 3);
        JsonNode answer = json(caller.post(body));
        assertThat(answer.path("choices")).hasSize(3);
        assertThat(answer.at("/choices/2/index").asInt()).isEqualTo(2);
        assertThat(answer.at("/choices/2/message/content").asText()).isEqualTo("Sandbox answer 3 to \"Hi\" (1 word).");

        List<JsonNode> chunks = chunks(caller.post(body.put("stream", true)));
        assertThat(chunks.subList(0, 9))
                .extracting(chunk -> chunk.at("/choices/0/index").asInt())
                .containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2);
        assertThat(content(chunks, 1)).isEqualTo("Sandbox answer 2 to \"Hi\" (1 word).");
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_tokens", "max_completion_tokens"})
    void cutsTheAnswerAtMaxTokens(String field) {
        JsonNode answer = json(caller.post(chat("gpt-4o-mini", "Hi").put(field, 3)));
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Sandbox answ");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void answersTheLastUserMessageInWhateverFormItCame() {
        ObjectNode body = chat("sandbox-echo", "first");
        body.withArray("messages").addObject().put("role", "assistant").putNull("content");
        ObjectNode parts = body.withArray("messages").addObject().put("role", "user");
        parts.putArray("content").addObject().put("type", "text").put("text", "in ");
        parts.withArray("content").addObject().put("type", "text").put("text", "parts");
        body.withArray("messages").addObject().put("role", "tool").put("content", "42");

        assertThat(json(caller.post(body)).at("/choices/0/message/content").asText())
                .isEqualTo("in parts");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"model":                                                              |                             |                            | could not parse
                    []                                                                     |                             |                            | could not parse
                    {"model":"m","messages":[]} trailing                                   |                             |                            | could not parse
                    {"messages":[{"role":"user","content":"x"}]}                           | model                       | missing_required_parameter | model parameter
                    {"model":7,"messages":[{"role":"user","content":"x"}]}                 | model                       | missing_required_parameter | model parameter
                    {"model":"m"}                                                          | messages                    | missing_required_parameter | 'messages'
                    {"model":"m","messages":"x"}                                           | messages                    | invalid_type               | got string
                    {"model":"m","messages":[]}                                            | messages                    | empty_array                | empty array
                    {"model":"m","messages":["x"]}                                         | messages[0]                 | invalid_type               | an object
                    {"model":"m","messages":[{"content":"x"}]}                             | messages[0].role            | missing_required_parameter | role
                    {"model":"m","messages":[{"role":"boss","content":"x"}]}               | messages[0].role            | invalid_value              | Supported values
                    {"model":"m","messages":[{"role":"user"}]}                             | messages[0].content         | missing_required_parameter | content
                    {"model":"m","messages":[{"role":"user","content":7}]}                 | messages[0].content         | invalid_type               | got number
                    {"model":"m","messages":[{"role":"user","content":"x"}],"stream":"y"}  | stream                      | invalid_type               | a boolean
                    {"model":"m","messages":[{"role":"user","content":"x"}],"n":0}         | n                           | integer_out_of_range       | from 1 to 128
                    {"model":"m","messages":[{"role":"user","content":"x"}],"n":1.5}       | n                           | invalid_type               | an integer
                    {"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0}| max_tokens                  | integer_out_of_range       | from 1
                    {"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}} | stream_options        |                            | only allowed when
                    """)
    void refusesABodyThatIsWrongAndNamesTheField(String body, String param, String code, String message) {
        HttpResponse<String> response = caller.post(body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error(response).path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error(response).path("message").asText()).contains(message);
        assertThat(error(response).path("param").textValue()).isEqualTo(param);
        assertThat(error(response).path("code").textValue()).isEqualTo(code);
    }

    @Test
    void refusesNestingWithoutEndRatherThanFail() {
        assertThat(caller.post("[".repeat(100_000)).statusCode()).isEqualTo(400);
    }

    @Test
    void refusesABodyOfMoreThan32MiBAndTakesOneJustBelow() {
        String text = "x".repeat(Front.MAX_BODY_BYTES);
        HttpResponse<String> tooLarge = caller.post(chat("any", text));
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        assertThat(error(tooLarge).path("code").asText()).isEqualTo("request_too_large");

        HttpResponse<String> large = caller.post(chat("any", text.substring(100)));
        assertThat(large.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource({
        "GET,    /v1/chat/completions, 405, method_not_supported",
        "POST,   /v1/models,           405, method_not_supported",
        "GET,    /sandbox/reset,       405, method_not_supported",
        "GET,    /v1/images,           404, unknown_url",
        "POST,   /,                    404, unknown_url",
    })
    void refusesPathsAndMethodsThatItDoesNotHave(String method, String path, int status, String code) {
        HttpResponse<String> response = caller.send(method, path);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(error(response).path("code").asText()).isEqualTo(code);
        assertThat(response.headers().firstValue("allow").isPresent()).isEqualTo(status == 405);
    }

    @Test
    void listsItsModels() {
        JsonNode models = json(caller.send("GET", "/v1/models"));
        assertThat(models.path("object").asText()).isEqualTo("list");
        assertThat(models.path("data").findValuesAsText("id"))
                .contains("gpt-4o-mini", "sandbox-echo", "sandbox-flaky", "sandbox-503", "sandbox-error-in-200");
    }

    @Test
    void letsOnlyItsKeyInIfItHasOne() {
        try (Sandbox locked = Sandbox.start(QUICK.withApiKey("sk-right"))) {
            Caller visitor = new Caller(locked);
            HttpResponse<String> missing = visitor.post(chat("any", "x"));
            HttpResponse<String> wrong = visitor.send("GET", "/v1/models", "Authorization", "Bearer sk-wrong");
            HttpResponse<String> right = visitor.send("GET", "/v1/models", "Authorization", "Bearer sk-right");

            assertThat(missing.statusCode()).isEqualTo(401);
            assertThat(error(missing).path("message").asText()).startsWith("You didn't provide an API key");
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(error(wrong).path("code").asText()).isEqualTo("invalid_api_key");
            assertThat(wrong.body()).doesNotContain("sk-");
            assertThat(right.statusCode()).isEqualTo(200);
            assertThat(visitor.send("GET", "/sandbox/stats").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void closesWhatItIsInTheMiddleOf() throws IOException {
        Sandbox closing = Sandbox.start(QUICK);
        try (Socket socket = new Caller(closing).open(chat("sandbox-stall", "x").put("stream", true))) {
            Caller.readUntil(socket.getInputStream(), "assistant");
            closing.close();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotContain("[DONE]");
        }
    }

    @Test
    void saysSoWhenThePortIsTaken() {
        int port = sandbox.url().getPort();
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> Sandbox.start(QUICK.withPort(port)))
                .withMessageContaining("127.0.0.1:" + port)
                .withMessageContaining("sandbox.port");
    }
}
