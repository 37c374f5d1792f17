package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The front over real sockets, with keys, before a sandbox. */
class RestTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "front-key-of-this-test";
    private static final String UPSTREAM_KEY = "upstream-key-of-this-test";
    private static final String HELLO = chat("sandbox-echo", "hello");

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static Sandbox sandbox;
    private static Node node;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        sandbox = Sandbox.start(SandboxConfig.defaults()
                .withLatency(Duration.ofMillis(1))
                .withChunkDelay(Duration.ofMillis(1))
                .withApiKey(UPSTREAM_KEY)
                .withRecord(true));
        node = Node.start(
                data,
                Map.of(
                        "intakes",
                        "rest",
                        "upstream.url",
                        sandbox.url().toString(),
                        "upstream.api-key",
                        UPSTREAM_KEY,
                        "rest.api-keys",
                        KEY + ",other-key-of-this-test;name=narrow;models=gpt-4o*|sandbox-echo",
                        "rest.max-body-bytes",
                        "100000",
                        "retry.max",
                        "1"));
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        node.close();
        sandbox.close();
    }

    @Test
    void answersAChatWithTheCompletion() throws Exception {
        HttpResponse<String> answer = post("/chat/completions", HELLO);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.headers().firstValue("x-request-id")).isPresent();
        assertThat(JSON.readTree(answer.body()).at("/choices/0/message/content").asText())
                .isEqualTo("hello");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/embeddings  | {'model':'sandbox-echo','input':'hello'}                            | /data/0/object           | embedding",
                "/embeddings  | {'model':'sandbox-echo','input':['a','b'],'encoding_format':'base64'} | /data/1/index          | 1",
                "/completions | {'model':'sandbox-echo','prompt':'hello'}                           | /choices/0/text          | hello",
                "/responses   | {'model':'sandbox-echo','input':'hello'}                            | /output/0/content/0/text | hello",
                "/responses   | {'model':'sandbox-echo','input':[{'role':'user','content':[{'type':'input_text','text':'hi'}]}]} | /output/0/content/0/text | hi",
            })
    void answersEveryEndpoint(String path, String body, String where, String what) throws Exception {
        HttpResponse<String> answer = post(path, body.replace('\'', '"'));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).at(where).asText()).isEqualTo(what);
    }

    @Test
    void listsTheModelsOfTheUpstream() throws Exception {
        HttpResponse<String> list = get("/models");
        assertThat(list.statusCode()).as(list.body()).isEqualTo(200);
        assertThat(JSON.readTree(list.body()).at("/data/0/id").asText()).isEqualTo("gpt-4o-mini");

        HttpResponse<String> one = get("/models/sandbox-echo");
        assertThat(JSON.readTree(one.body()).path("id").asText()).isEqualTo("sandbox-echo");
        assertThat(get("/models/no-such-model").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest(name = "{0} {1} → {3} {4}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST | /chat/completions | {                                      | 400 | invalid_json          |",
                "POST | /chat/completions | hello                                  | 400 | invalid_json          |",
                "POST | /chat/completions | []                                     | 400 | invalid_json          |",
                "POST | /chat/completions | {`messages`:[]}                        | 400 | invalid_request_error | model",
                "POST | /chat/completions | {`model`:`m`}                          | 400 | invalid_request_error | messages",
                "POST | /chat/completions | {`model`:1,`messages`:[]}              | 400 | invalid_request_error | model",
                "POST | /chat/completions | {`model`:`m`,`messages`:[{`x`:1}]}     | 400 | invalid_request_error | messages[0].role",
                "POST | /chat/completions | {`model`:`m`,`messages`:[{`role`:`user`,`content`:`x`}],`stream`:1} | 400 | invalid_request_error | stream",
                "POST | /embeddings       | {`model`:`m`}                          | 400 | invalid_request_error | input",
                "POST | /completions      | {`model`:`m`,`prompt`:{}}              | 400 | invalid_request_error | prompt",
                "POST | /nothing          | {}                                     | 404 | not_found             |",
                "POST | x                 | {}                                     | 404 | not_found             |",
                "GET  | /nothing          |                                        | 404 | not_found             |",
                "GET  | /chat/completions |                                        | 405 | method_not_allowed    |",
                "PUT  | /models           | {}                                     | 405 | method_not_allowed    |",
            })
    void refusesWhatIsWrong(String method, String path, String body, int status, String code, String param)
            throws Exception {
        String text = body == null ? "" : body.replace('`', '"');
        HttpResponse<String> answer = send(request(path, KEY)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(text)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("message").asText()).isNotEmpty();
        assertThat(error.path("param").isNull() ? null : error.path("param").asText())
                .isEqualTo(param);
    }

    @ParameterizedTest(name = "{0} → {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sandbox-400           | 400 | context_length_exceeded | false",
                "sandbox-401           | 502 | invalid_api_key         | false",
                "sandbox-quota         | 429 | insufficient_quota      | false",
                "sandbox-429           | 429 | rate_limit_exceeded     | true",
                "sandbox-500           | 502 | server_error            | false",
                "sandbox-503           | 503 | server_error            | true",
                "sandbox-reset         | 504 | connection_lost         | false",
                "sandbox-cut           | 504 | connection_lost         | false",
                "sandbox-html          | 502 | http_502                | false",
                "sandbox-malformed     | 502 | truncated               | false",
            })
    void tellsWhatTheUpstreamSaid(String model, int status, String code, boolean again) throws Exception {
        HttpResponse<String> answer = post("/chat/completions", chat(model, "secret prompt"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).at("/error/code").asText()).isEqualTo(code);
        assertThat(answer.headers().firstValue("x-should-retry")).hasValue(String.valueOf(again));
        assertThat(answer.headers().firstValue("retry-after").isPresent()).isEqualTo(again);
        assertThat(answer.body()).doesNotContain(UPSTREAM_KEY, KEY, "secret prompt", "\tat ", "Exception");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"Bearer wrong-key-of-this-test", "Bearer", "Basic " + KEY, KEY, "none"})
    void letsNobodyInWithoutAKey(String authorization) throws Exception {
        for (String path : new String[] {"/chat/completions", "/models", "/nothing", "/chat/completions/x"}) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.rest() + path))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(HELLO));
            HttpResponse<String> answer =
                    send(authorization.equals("none") ? request : request.header("Authorization", authorization));

            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(JSON.readTree(answer.body()).at("/error/code").asText()).isEqualTo("invalid_api_key");
            assertThat(answer.body()).doesNotContain("key-of-this-test");
        }
    }

    @Test
    void aKeyMayBeForSomeModelsOnly() throws Exception {
        String key = "other-key-of-this-test";

        assertThat(send(post("/chat/completions", HELLO, key)).statusCode()).isEqualTo(200);
        assertThat(send(post("/chat/completions", chat("gpt-4o-mini", "x"), key))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused = send(post("/chat/completions", chat("sandbox-long", "x"), key));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(JSON.readTree(refused.body()).at("/error/code").asText()).isEqualTo("model_not_allowed");
    }

    @Test
    void refusesABodyThatIsTooLargeWhetherItsLengthIsToldOrNot() throws Exception {
        String large = chat("sandbox-echo", "x".repeat(200_000));

        assertThat(post("/chat/completions", large).statusCode()).isEqualTo(413);
        HttpResponse<String> chunked = send(request("/chat/completions", KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(large))));
        assertThat(chunked.statusCode()).isEqualTo(413);
        assertThat(JSON.readTree(chunked.body()).at("/error/code").asText()).isEqualTo("request_too_large");
        assertThat(post("/chat/completions", HELLO).statusCode()).isEqualTo(200);
    }

    @Test
    void refusesWhatABrowserMaySendFromAnyPage() throws Exception {
        HttpResponse<String> plain = send(request("/chat/completions", KEY)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(HELLO)));
        assertThat(plain.statusCode()).isEqualTo(415);
        HttpResponse<String> foreign =
                send(post("/chat/completions", HELLO, KEY).header("Origin", "https://elsewhere.example"));
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.headers().map()).doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void headersAndParametersSteerNothing() throws Exception {
        HttpResponse<String> answer = send(post(
                        "/chat/completions?CamelHttpUri=http://127.0.0.1:1/&camelhttppath=/x&SluiceRequestId=mine",
                        HELLO,
                        KEY)
                .header("CamelHttpUri", "http://127.0.0.1:1/elsewhere")
                .header("cAMELhTTPpATH", "/elsewhere")
                .header("CamelHttpMethod", "DELETE")
                .header("org.apache.camel.x", "y")
                .header("SluiceRequestId", "mine")
                .header("SluiceAttempt", "7")
                .header("X-Request-Id", "mine"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().map().toString()).doesNotContain("mine", "elsewhere");
        assertThat(answer.headers().map().keySet())
                .allMatch(name -> !name.startsWith("camel") && !name.startsWith("sluice"));
    }

    @Test
    void refusesToListenForOthersWithoutKeys() {
        assertThatThrownBy(() -> Node.start(data.resolve("open"), Map.of("intakes", "rest", "rest.host", "0.0.0.0")))
                .hasStackTraceContaining("set rest.api-keys");
    }

    @Test
    void saysWhichPortIsTaken() {
        String port = Integer.toString(URI.create(node.rest()).getPort());

        assertThatThrownBy(() -> Node.start(data.resolve("taken"), Map.of("intakes", "rest", "rest.port", port)))
                .rootCause()
                .isInstanceOf(BindException.class)
                .hasMessageContaining("rest.port=" + port)
                .hasMessageContaining("REST_PORT");
    }

    @Test
    void aModelMayHaveASlashInItsName() throws Exception {
        byte[] list = "{\"data\":[{\"id\":\"some/model\",\"x\":1}]}".getBytes(StandardCharsets.US_ASCII);
        HttpServer upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.createContext("/v1/models", exchange -> {
            exchange.sendResponseHeaders(200, list.length);
            exchange.getResponseBody().write(list);
            exchange.close();
        });
        upstream.start();
        String url = "http://127.0.0.1:%d/v1".formatted(upstream.getAddress().getPort());
        try (Node plain = Node.start(data.resolve("slash"), Map.of("intakes", "rest", "upstream.url", url))) {
            for (String path : new String[] {"/models/some/model", "/models/some%2Fmodel"}) {
                HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(plain.rest() + path)));
                assertThat(answer.body()).isEqualTo("{\"id\":\"some/model\",\"x\":1}");
            }
        } finally {
            upstream.stop(0);
        }
    }

    @Test
    void sendsABodyOnByteForByte() throws Exception {
        try (RawUpstream raw = new RawUpstream();
                Node plain = Node.start(
                        data.resolve("raw"), Map.of("intakes", "rest", "upstream.url", raw.url(), "retry.max", "0"))) {
            String upstreams =
                    "{ \"choices\" : [ {\"message\":{\"content\":\"ü\\u00fc\"}, \"x\":1.10e2} ],\"z\":1,\"a\":1.0}";
            raw.answers("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n%s"
                    .formatted(upstreams.getBytes(StandardCharsets.UTF_8).length, upstreams));
            String body =
                    "{\"z\":1.10e2,\"model\":\"m\", \"unknown\":{\"b\":1,\"a\":[1.0,\"\\u00fc ü 问\"]},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(plain.rest() + "/chat/completions"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.body()).isEqualTo(upstreams);
            assertThat(raw.requests().get(0)).startsWith("POST /v1/chat/completions HTTP/1.1\r\n");
            assertThat(raw.bodies()).containsExactly(body);
        }
    }

    static String chat(String model, String prompt) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted(model, prompt);
    }

    private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(post(path, body, KEY));
    }

    private static HttpRequest.Builder post(String path, String body, String key) {
        return request(path, key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path, KEY));
    }

    private static HttpRequest.Builder request(String path, String key) {
        return HttpRequest.newBuilder(URI.create(node.rest() + path)).header("Authorization", "Bearer " + key);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
