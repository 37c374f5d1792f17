package dev.sluice.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.call.FinalUpstreamException;
import dev.sluice.call.Judge;
import dev.sluice.call.RetryRules;
import dev.sluice.call.RetryableUpstreamException;
import dev.sluice.call.UpstreamException;
import dev.sluice.call.UpstreamKey;
import dev.sluice.intake.Api;
import dev.sluice.intake.Checked;
import dev.sluice.intake.Tally;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Matcher;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssembleTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUEST =
            "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}";
    private static final String HELLO = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private static final String STOP =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private static final CamelContext CAMEL = new DefaultCamelContext();
    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor();
    private static Sandbox sandbox;

    @BeforeAll
    static void startSandbox() {
        sandbox = Sandbox.start(
                SandboxConfig.defaults().withLatency(Duration.ZERO).withChunkDelay(Duration.ZERO));
    }

    @AfterAll
    static void stop() throws Exception {
        sandbox.close();
        TIMER.shutdownNow();
        CAMEL.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "with [DONE]                                        | HELLO STOP DONE",
                "with [DONE] and without a finish reason            | HELLO DONE",
                "with a finish reason and a clean end               | HELLO STOP",
                "with [DONE] that no line ends                      | HELLO STOP data: [DONE]",
                "with [DONE] that no blank line ends                | HELLO STOP data: [DONE]\\n",
                "with [DONE] and no space, and white space after it | HELLO STOP data:[DONE] \\n\\n",
                "with a finish reason that no blank line ends       | HELLO data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}",
                "with half an event after the end                   | HELLO STOP data: {\"choi",
                "with comments                                      | : PROCESSING\\n\\n HELLO : x\\n STOP : y\\n\\n DONE",
                "with whatever after [DONE]                         | HELLO STOP DONE data: {\"error\":{}}\\n\\n",
                "with errors that are null                          | HELLO STOP data: {\"error\":null,\"choices\":[]}\\n\\n DONE",
            })
    void acceptsAStreamThatIsComplete(String name, String stream) throws Exception {
        assertThat(answer(assembled(text(stream)))
                        .at("/choices/0/message/content")
                        .asText())
                .isEqualTo("Hello");
    }

    @Test
    void aResponseIsWhatItsLastEventSays() throws Exception {
        String created =
                "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n";
        String last =
                "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[],\"usage\":{}}}\n\n";
        Exchange exchange = Checked.exchange(CAMEL, Api.RESPONSES, "{\"model\":\"m\",\"input\":\"q\",\"stream\":true}");
        exchange.getMessage().setBody(new ByteArrayInputStream((created + last).getBytes(StandardCharsets.UTF_8)));

        assemble(Completeness.DONE_OR_FINISH).process(exchange);

        assertThat(exchange.getMessage().getBody(String.class)).isEqualTo("{\"output\":[],\"usage\":{}}");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "DONE           | HELLO DONE      | yes",
                "DONE           | HELLO STOP DONE | yes",
                "DONE           | HELLO STOP      | no",
                "FINISH         | HELLO STOP      | yes",
                "FINISH         | HELLO STOP DONE | yes",
                "FINISH         | HELLO DONE      | no",
                "DONE_OR_FINISH | HELLO DONE      | yes",
                "DONE_OR_FINISH | HELLO STOP      | yes",
                "DONE_OR_FINISH | HELLO           | no",
            })
    void takesForCompleteWhatTheProfileSays(Completeness complete, String stream, String whole) throws Exception {
        if (whole.equals("yes")) {
            Exchange exchange = exchange(new ByteArrayInputStream(text(stream)));
            assemble(complete).process(exchange);
            assertThat(exchange.getMessage().getBody(String.class)).contains("Hello");
        } else {
            assertThat(failure(text(stream), complete).code()).isEqualTo("truncated");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing                                   | ''",
                "nothing but comments                      | : PROCESSING\\n\\n: PROCESSING\\n\\n",
                "nothing but [DONE]                        | DONE",
                "no choice                                 | data: {\"choices\":[]}\\n\\n DONE",
                "no finish reason                          | HELLO",
                "usage but no finish reason                | HELLO data: {\"choices\":[],\"usage\":{}}\\n\\n",
                "one choice of two unfinished              | HELLO STOP data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"}}]}\\n\\n",
                "half an event                             | HELLO data: {\"choi",
                "half [DONE]                               | HELLO data: [DON",
                "a broken chunk in the middle              | HELLO data: {\"choi\\n\\n STOP DONE",
                "a chunk in HTML                           | HELLO data: <html>\\n\\n STOP DONE",
                "two chunks in one event                   | data: {\"choices\":[]}\\ndata: {\"choices\":[]}\\n\\n HELLO STOP DONE",
                "a chunk with something after it           | HELLO data: {\"choices\":[]} x\\n\\n STOP DONE",
                "finish reason error                       | HELLO data: {\"choices\":[{\"index\":0,\"finish_reason\":\"error\"}]}\\n\\n",
                "finish reason error and [DONE]            | HELLO data: {\"choices\":[{\"index\":0,\"finish_reason\":\"error\"}]}\\n\\n DONE",
            })
    void takesAPartForNoAnswer(String name, String stream) {
        UpstreamException failure = failure(text(stream));

        assertThat(failure).isInstanceOf(RetryableUpstreamException.class);
        assertThat(failure.code()).isEqualTo("truncated");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "an error without [DONE]      | HELLO data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\\n\\n        | 500 | server_error | true",
                "an error with [DONE]         | HELLO data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\\n\\n DONE   | 500 | server_error | true",
                "an error after the end       | HELLO STOP data: {\"error\":{\"message\":\"m\",\"code\":\"overloaded_error\"}}\\n\\n DONE | 529 | overloaded_error | true",
                "an error at once             | data: {\"error\":{\"code\":\"rate_limit_exceeded\"}}\\n\\n                       | 429 | rate_limit_exceeded | true",
                "an error with a number       | HELLO data: {\"error\":{\"code\":502,\"message\":\"Provider\"},\"choices\":[{\"index\":0,\"finish_reason\":\"error\"}]}\\n\\n | 502 | 502 | true",
                "an error that is a text      | HELLO data: {\"error\":\"m\"}\\n\\n                                          | 500 | http_500 | true",
                "an error that ends in nothing | HELLO data: {\"error\":{\"type\":\"server_error\"}}                               | 500 | server_error | true",
                "an event named error         | HELLO event: error\\ndata: {\"error\":{\"type\":\"api_error\"}}\\n\\n         | 500 | api_error | true",
                "an event named error, flat   | HELLO event: error\\ndata: {\"message\":\"m\",\"code\":\"x\"}\\n\\n STOP        | 500 | x | true",
                "an event named error, no money | HELLO event: error\\ndata: {\"code\":\"insufficient_quota\"}\\n\\n  | 429 | insufficient_quota | false",
                "a flat error                 | HELLO data: {\"object\":\"error\",\"message\":\"m\",\"code\":\"overloaded_error\"}\\n\\n | 529 | overloaded_error | true",
                "an error that is final       | data: {\"error\":{\"code\":\"context_length_exceeded\"}}\\n\\n                   | 400 | context_length_exceeded | false",
                "no money                     | HELLO data: {\"error\":{\"code\":\"insufficient_quota\"}}\\n\\n                  | 429 | insufficient_quota | false",
            })
    void findsAnErrorInTheStream(String name, String stream, int status, String code, boolean retryable) {
        UpstreamException failure = failure(text(stream));

        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.retryable()).isEqualTo(retryable);
        assertThat(failure).isInstanceOf(retryable ? RetryableUpstreamException.class : FinalUpstreamException.class);
    }

    @Test
    void keepsTheRequestAndNotHalfAnAnswerWhenItFails() {
        Exchange exchange = exchange(new ByteArrayInputStream(text("HELLO")));

        assertThatThrownBy(() -> assemble(Completeness.DONE_OR_FINISH).process(exchange))
                .isInstanceOf(RetryableUpstreamException.class);

        assertThat(exchange.getMessage().getBody(String.class)).isEqualTo(REQUEST);
    }

    @Test
    void leavesABodyAloneThatIsNoStream() throws Exception {
        Exchange exchange = Checked.exchange(CAMEL, REQUEST);
        exchange.getMessage().setBody("{}".getBytes(StandardCharsets.UTF_8));

        assemble(Completeness.DONE_OR_FINISH).process(exchange);

        assertThat(exchange.getMessage().getBody(String.class)).isEqualTo("{}");
    }

    @Test
    void readsAFiniteAnswerOfAStreamThatNeverEnds() throws Exception {
        try (var endless = new Endless(text("HELLO STOP DONE"))) {
            assertThat(answer(assembled(endless)).at("/choices/0/finish_reason").asText())
                    .isEqualTo("stop");
            assertThat(endless.closed).isTrue();
        }
    }

    @Test
    void countsCommentsToo() {
        UpstreamException failure = failure(text(": still thinking\n".repeat(1_200_000)));

        assertThat(failure.code()).isEqualTo("answer_too_large");
    }

    @Test
    void closesAStreamThatFailedWithoutReadingOn() throws Exception {
        try (var endless = new Endless(text("HELLO data: {\"error\":{}}\\n\\n"))) {
            assertThatThrownBy(() -> assemble(Completeness.DONE_OR_FINISH).process(exchange(endless)))
                    .isInstanceOf(UpstreamException.class);

            assertThat(endless.waited).isFalse();
            assertThat(endless.closed).isTrue();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "\"model\":\"gpt-4o-mini\"",
                "\"model\":\"sandbox-echo\"",
                "\"model\":\"sandbox-long\"",
                "\"model\":\"sandbox-long\",\"n\":3",
                "\"model\":\"sandbox-echo\",\"max_tokens\":3",
                "\"model\":\"sandbox-echo\",\"n\":2",
            })
    void assemblesWhatTheSandboxAnswersWithoutStreaming(String options) throws Exception {
        String request =
                "{%s,\"messages\":[{\"role\":\"user\",\"content\":\"data: [DONE]\\n\\n  Grüße 𝄞 \\\"你好\\\"\\u2028 %s\"}]"
                        .formatted(options, "a few more words ");

        ObjectNode whole = (ObjectNode) answer(post(request + "}"));
        ObjectNode streamed = (ObjectNode)
                answer(assembled(post(request + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")));
        ObjectNode withoutUsage = (ObjectNode) answer(assembled(post(request + ",\"stream\":true}")));

        assertThat(streamed.remove("id").asText()).startsWith("chatcmpl-");
        whole.remove("id");
        assertThat(streamed.remove("created").asLong())
                .isBetween(whole.remove("created").asLong(), Long.MAX_VALUE);
        assertThat(streamed).isEqualTo(whole);
        assertThat(withoutUsage.get("choices")).isEqualTo(whole.get("choices"));
        assertThat(withoutUsage.has("usage")).isFalse();
    }

    private static InputStream post(String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox.url() + "/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    private static UpstreamException failure(byte[] stream) {
        return failure(stream, Completeness.DONE_OR_FINISH);
    }

    private static UpstreamException failure(byte[] stream, Completeness complete) {
        Exchange exchange = exchange(new ByteArrayInputStream(stream));
        UpstreamException failure = catchThrowableOfType(
                UpstreamException.class, () -> assemble(complete).process(exchange));
        assertThat(failure).as("an exception").isNotNull();
        return failure;
    }

    private static InputStream assembled(byte[] stream) throws Exception {
        return assembled(new ByteArrayInputStream(stream));
    }

    private static InputStream assembled(InputStream stream) throws Exception {
        Exchange exchange = exchange(stream);
        assemble(Completeness.DONE_OR_FINISH).process(exchange);
        assertThat(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE)).isEqualTo("application/json");
        return new ByteArrayInputStream(exchange.getMessage().getBody(byte[].class));
    }

    private static Assemble assemble(Completeness complete) {
        Tally tally = new Tally(new SimpleMeterRegistry(), Clock.systemUTC(), "");
        Judge judge = new Judge(UpstreamKey.of(""), RetryRules.USUAL, Duration.ofMinutes(1), Clock.systemUTC(), tally);
        return new Assemble(new AnswerStream.Rules(judge, TIMER, 1 << 20, 1 << 24, complete));
    }

    private static Exchange exchange(InputStream stream) {
        Exchange exchange = Checked.exchange(CAMEL, REQUEST);
        exchange.getMessage().setBody(stream);
        return exchange;
    }

    private static JsonNode answer(InputStream json) throws IOException {
        try (json) {
            return JSON.readTree(json);
        }
    }

    /** The words HELLO, STOP and DONE as their events, the rest as it stands. */
    private static byte[] text(String stream) {
        return stream.replace("\\n ", "\n")
                .replace("\\n", "\n")
                .replaceAll("HELLO ?", Matcher.quoteReplacement(HELLO))
                .replaceAll("STOP ?", Matcher.quoteReplacement(STOP))
                .replaceAll("(?<!\\[)DONE ?", Matcher.quoteReplacement(DONE))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A response whose server holds the connection open after its last word. */
    private static final class Endless extends InputStream {
        private final ByteArrayInputStream words;
        private volatile boolean closed;
        private volatile boolean waited;

        Endless(byte[] words) {
            this.words = new ByteArrayInputStream(words);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) throws IOException {
            int count = words.read(target, offset, length);
            while (count < 0 && !closed) {
                waited = true;
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            if (count < 0) {
                throw new IOException("closed");
            }
            return count;
        }

        @Override
        public synchronized void close() {
            closed = true;
            notifyAll();
        }
    }
}
