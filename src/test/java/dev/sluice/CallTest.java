package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.Diagnosis;
import dev.sluice.sandbox.Call;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of the shipped routes to an upstream that behaves as the model's name says; its own record counts them. */
class CallTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "the-key-of-this-test-8c1f";
    private static final int MAX_RETRIES = 2;
    private static final int ALL = 1 + MAX_RETRIES;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static final Lines LOG = new Lines();
    private static Sandbox sandbox;
    private static Node node;

    /** A model, and what becomes of a message to it; status 200 with no code is an answer. */
    record Row(String model, boolean stream, int attempts, int status, String code, boolean retryable) {
        String file() {
            return model + (stream ? "-stream" : "") + ".json";
        }

        @Override
        public String toString() {
            return "%s%s → %s after %d"
                    .formatted(model, stream ? " streamed" : "", code.isEmpty() ? status : code, attempts);
        }
    }

    static Stream<Row> rows() {
        return Stream.concat(outcomes(), statuses());
    }

    private static Stream<Row> outcomes() {
        return Stream.of(
                        both("gpt-4o-mini", 1, 200, "", true),
                        both("sandbox-flaky", 3, 200, "", true),
                        both("sandbox-400", 1, 400, "context_length_exceeded", false),
                        both("sandbox-401", 1, 401, "invalid_api_key", false),
                        both("sandbox-quota", 1, 429, "insufficient_quota", false),
                        both("sandbox-429", ALL, 429, "rate_limit_exceeded", true),
                        both("sandbox-500", ALL, 500, "server_error", true),
                        both("sandbox-503", ALL, 503, "server_error", true),
                        both("sandbox-reset", ALL, 0, "connection_lost", true),
                        both("sandbox-cut", ALL, 0, "connection_lost", true),
                        both("sandbox-malformed", ALL, 200, "truncated", true),
                        both("sandbox-empty", ALL, 200, "truncated", true),
                        both("sandbox-error-in-200", ALL, 500, "server_error", true),
                        both("sandbox-html", ALL, 502, "http_502", true))
                .flatMap(rows -> rows);
    }

    private static Stream<Row> both(String model, int attempts, int status, String code, boolean retryable) {
        return Stream.of(
                new Row(model, false, attempts, status, code, retryable),
                new Row(model, true, attempts, status, code, retryable));
    }

    private static Stream<Row> statuses() {
        Stream<Row> retried = IntStream.of(408, 409, 425, 429, 500, 502, 503, 504, 529)
                .mapToObj(status -> new Row("sandbox-status-" + status, false, ALL, status, type(status), true));
        Stream<Row> hopeless = IntStream.of(400, 401, 403, 404, 405, 413, 415, 422, 501, 505, 302, 307)
                .mapToObj(status -> new Row("sandbox-status-" + status, false, 1, status, type(status), false));
        return Stream.concat(retried, hopeless);
    }

    private static String type(int status) {
        return status >= 500 ? "server_error" : "invalid_request_error";
    }

    @BeforeAll
    static void dropAMessageToEveryModel() throws Exception {
        LOG.attach();
        sandbox = Sandbox.start(SandboxConfig.defaults()
                .withLatency(Duration.ofMillis(1))
                .withChunkDelay(Duration.ofMillis(1))
                .withApiKey(KEY)
                .withRecord(true));
        node = Node.start(
                data,
                Map.of(
                        "upstream.url", sandbox.url().toString(),
                        "upstream.api-key", KEY,
                        "retry.max", String.valueOf(MAX_RETRIES)));
        for (Row row : rows().toList()) {
            node.drop(row.file(), chat(row.model(), row.file(), row.stream()));
        }
    }

    @AfterAll
    static void stop() {
        node.close();
        sandbox.close();
        LOG.detach();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void makesAsManyAttemptsAsCanHelp(Row row) throws IOException {
        Ending ending = Ending.of(node, row.file());

        assertThat(calls(row.file())).hasSize(row.attempts);
        if (row.code.isEmpty()) {
            JsonNode answer = ending.answered();
            assertThat(answer.at("/choices/0/message/content").asText()).contains(row.file());
            assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
        } else {
            JsonNode record = ending.failed();
            assertThat(record.path("code").asText()).isEqualTo(row.code);
            assertThat(record.path("status").asInt()).isEqualTo(row.status);
            assertThat(record.path("attempts").asInt()).isEqualTo(row.attempts);
            assertThat(record.path("retryable").asBoolean()).isEqualTo(row.retryable);
            Diagnosis diagnosis = Diagnosis.of(row.code, row.status);
            assertThat(record.path("happened").asText()).isEqualTo(diagnosis.happened());
            assertThat(record.path("causes")).hasSameSizeAs(diagnosis.causes());
            assertThat(record.path("nextStep").asText()).isEqualTo(diagnosis.nextStep());
            assertThat(node.failed(row.file())).hasContent(chat(row.model(), row.file(), row.stream()));
        }
    }

    @Test
    void showsTheKeyToTheUpstreamAndToNobodyElse() throws IOException {
        for (Row row : rows().toList()) {
            Ending.of(node, row.file());
        }
        try (var template = node.camel().createProducerTemplate()) {
            for (String model : List.of("gpt-4o-mini", "sandbox-401", "sandbox-reset")) {
                Exchange exchange =
                        template.request("direct:pipeline", e -> e.getMessage().setBody(chat(model, "the key", true)));
                assertThat(exchange.getMessage().getHeaders().toString()).doesNotContain(KEY);
                assertThat(exchange.getProperties().toString()).doesNotContain(KEY);
                assertThat(String.valueOf(exchange.getException())).doesNotContain(KEY);
            }
        }

        assertThat(LOG.lines).isNotEmpty().noneMatch(line -> line.contains(KEY));
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(KEY);
            }
        }
    }

    @Test
    void numbersTheAttemptsAndSaysHowLongTheLastOneWaited() throws IOException {
        try (var template = node.camel().createProducerTemplate()) {
            Exchange exchange = template.request(
                    "direct:pipeline", e -> e.getMessage().setBody(chat("sandbox-flaky", "numbers", false)));

            assertThat(exchange.getException()).isNull();
            assertThat(exchange.getMessage().getHeader("SluiceAttempt")).isEqualTo(3);
            assertThat(exchange.getMessage().getHeader("SluiceWaitMs", Long.class))
                    .isNotNegative();
        }
    }

    @Test
    void settlesEveryCallOnce() throws IOException {
        for (Row row : rows().toList()) {
            Ending.of(node, row.file());
        }
        MeterRegistry meters = Objects.requireNonNull(node.camel().getRegistry().findSingleByType(MeterRegistry.class));

        assertThat(meters.get("sluice.calls.in.flight").gauge().value()).isZero();
        long settled = meters.get("sluice.calls").timers().stream()
                .mapToLong(Timer::count)
                .sum();
        assertThat(settled).isEqualTo(sandbox.calls().size());
    }

    private static List<Call> calls(String prompt) {
        return sandbox.calls().stream()
                .filter(call -> call.prompt().equals(prompt))
                .toList();
    }

    static String chat(String model, String prompt, boolean stream) {
        return "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted(model, stream, prompt);
    }

    /** Where a message ended: in an answer or in a record, and never in both. */
    record Ending(@Nullable JsonNode answer, @Nullable JsonNode record) {

        static Ending of(Node node, String file) throws IOException {
            Path answer = node.outbox(file + ".json");
            Path record = node.failed(file + ".error.json");
            await(file)
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> Files.notExists(node.inbox(file)) && (Files.exists(answer) || Files.exists(record)));
            return new Ending(json(answer), json(record));
        }

        JsonNode answered() {
            assertThat(record).as("record").isNull();
            return Objects.requireNonNull(answer, "answer");
        }

        JsonNode failed() {
            assertThat(answer).as("answer").isNull();
            return Objects.requireNonNull(record, "record");
        }

        private static @Nullable JsonNode json(Path file) throws IOException {
            return Files.exists(file) ? JSON.readTree(file.toFile()) : null;
        }
    }

    /** Every line that is logged, with the stack traces. */
    private static final class Lines extends AbstractAppender {
        private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

        Lines() {
            super("lines", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
        }

        void attach() {
            start();
            ((Logger) LogManager.getRootLogger()).addAppender(this);
        }

        void detach() {
            ((Logger) LogManager.getRootLogger()).removeAppender(this);
            stop();
        }
    }
}
