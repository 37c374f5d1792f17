package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.intake.Checked;
import dev.sluice.intake.Tally;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadAnswerTest {
    private static final String ANSWER = "{\"choices\":[{\"message\":{\"content\":\"a\"}}]}";
    private static final CamelContext CAMEL = new DefaultCamelContext();

    @AfterAll
    static void stop() throws Exception {
        CAMEL.close();
    }

    @Test
    void keepsAnAnswerByteForByte() throws Exception {
        String answer = " {\"choices\" : [{\"message\":{\"content\":\"é\"}}],\r\n \"created\":1.0}\n";
        Exchange exchange = response(200, "application/json", answer);

        reader(1000).process(exchange);

        assertThat(exchange.getMessage().getBody()).isEqualTo(answer.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"text/event-stream", "Text/Event-Stream; charset=utf-8"})
    void leavesAStreamToTheNextStep(String type) throws Exception {
        Exchange exchange = response(200, type, "data: x\n\n");

        reader(1).process(exchange);

        assertThat(exchange.getMessage().getBody()).isInstanceOf(InputStream.class);
    }

    @Test
    void forgetsWhatTheUpstreamCallsItsCharacters() throws Exception {
        Exchange exchange = response(200, "text/event-stream; charset=ISO-8859-1", "data: x\n\n");
        exchange.setProperty(ExchangePropertyKey.CHARSET_NAME, "ISO-8859-1"); // as camel-http does

        reader(1).process(exchange);

        assertThat(exchange.getProperty(ExchangePropertyKey.CHARSET_NAME)).isNull();
    }

    @Test
    void takesAStreamOfNothingForNoAnswer() {
        Exchange exchange = response(204, "text/event-stream", "");
        exchange.getMessage().setBody(null);

        assertThat(failure(1, exchange).code()).isEqualTo("truncated");
    }

    @Test
    void readsAValueOfAnyLength() throws Exception {
        String answer = ANSWER.replace("\"a\"", "\"" + "x".repeat(21_000_000) + "\"");
        Exchange exchange = response(200, "application/json", answer);

        reader(30_000_000).process(exchange);

        assertThat(exchange.getMessage().getBody(byte[].class)).hasSize(answer.length());
    }

    @Test
    void findsTheCodeOfALongError() {
        String error = "{\"error\":{\"message\":\"" + "x".repeat(100_000) + "\",\"code\":\"insufficient_quota\"}}";

        assertThat(failure(1000, response(429, "application/json", error)).code())
                .isEqualTo("insufficient_quota");
    }

    @Test
    void readsAnAnswerOfExactlyTheLimitAndNoLonger() throws Exception {
        reader(ANSWER.length()).process(response(200, "application/json", ANSWER));

        UpstreamException failure = failure(ANSWER.length() - 1, response(200, "application/json", ANSWER));
        assertThat(failure.code()).isEqualTo("answer_too_large");
        assertThat(failure.retryable()).isFalse();
        assertThat(failure).hasMessageContaining("upstream.max-answer-bytes=" + (ANSWER.length() - 1));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing                      | ''",
                "half a JSON                  | {\"choices\":[{",
                "JSON and something after it  | {\"choices\":[{}]} x",
                "a page of a proxy            | <html>",
                "an array                     | []",
                "no choices                   | {}",
                "choices of nothing           | {\"choices\":[]}",
                "choices that are none        | {\"choices\":7}",
                "an error behind the gateway  | {\"choices\":[{\"finish_reason\":\"stop\"},{\"finish_reason\":\"error\"}]}",
            })
    void takesWhatIsNoAnswerForNone(String what, String body) {
        UpstreamException failure = failure(1000, response(200, "application/json", body));

        assertThat(failure).isInstanceOf(RetryableUpstreamException.class);
        assertThat(failure.code()).isEqualTo("truncated");
    }

    @Test
    void quotesNothingOfAnAnswerThatIsNoJson() {
        assertThat(failure(1000, response(200, "application/json", "Dear customer")))
                .hasMessageContaining("13 bytes")
                .message()
                .doesNotContain("ear");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"error\":{\"type\":\"overloaded_error\"}}             | 529 | overloaded_error   | true",
                "{\"error\":{\"code\":\"insufficient_quota\"}}           | 429 | insufficient_quota | false",
                "{\"error\":\"what\"}                                    | 500 | http_500           | true",
                "{\"object\":\"error\",\"message\":\"m\",\"code\":\"404\"} | 404 | 404              | false",
            })
    void findsAnErrorInA200(String body, int status, String code, boolean retryable) {
        UpstreamException failure = failure(1000, response(200, "application/json", body));

        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.retryable()).isEqualTo(retryable);
    }

    private static UpstreamException failure(int maxBytes, Exchange exchange) {
        UpstreamException failure = catchThrowableOfType(
                UpstreamException.class, () -> reader(maxBytes).process(exchange));
        assertThat(failure).isNotNull();
        assertThat(exchange.getMessage().getBody(String.class))
                .as("the request")
                .contains("\"content\":\"a\"");
        return failure;
    }

    private static ReadAnswer reader(int maxBytes) {
        Tally tally = new Tally(new SimpleMeterRegistry(), Clock.systemUTC(), "");
        Judge judge = new Judge(UpstreamKey.of(""), RetryRules.USUAL, Duration.ofMinutes(1), Clock.systemUTC(), tally);
        return new ReadAnswer(judge, new RateHeaders(Set.of()), Clock.systemUTC(), maxBytes);
    }

    private static Exchange response(int status, String type, String body) {
        Exchange exchange = Checked.exchange(CAMEL, "a");
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, type);
        exchange.getMessage().setBody(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        return exchange;
    }
}
