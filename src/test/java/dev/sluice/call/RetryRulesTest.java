package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryRulesTest {

    @ParameterizedTest(name = "{0} may be tried again")
    @ValueSource(ints = {408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 529, 599})
    void triesOverloadRateAndConflictAgain(int status) {
        assertThat(RetryRules.USUAL.mayRetry(status, ErrorBody.EMPTY, null, false))
                .isTrue();
    }

    @ParameterizedTest(name = "{0} may not")
    @ValueSource(ints = {301, 302, 304, 400, 401, 403, 404, 405, 410, 413, 415, 418, 422, 501, 505, 600})
    void neverTriesWrongRequestsAgain(int status) {
        assertThat(RetryRules.USUAL.mayRetry(status, ErrorBody.EMPTY, null, false))
                .isFalse();
    }

    @TestFactory
    Stream<DynamicTest> quotaIsMoneyWhateverElseIsSaid() {
        return RetryRules.QUOTA.stream()
                .map(word -> DynamicTest.dynamicTest(word, () -> {
                    assertThat(RetryRules.USUAL.mayRetry(429, new ErrorBody(word, "", ""), "true", false))
                            .isFalse();
                    assertThat(RetryRules.USUAL.mayRetry(429, new ErrorBody("", word, ""), "true", false))
                            .isFalse();
                    assertThat(RetryRules.USUAL.mayRetry(500, new ErrorBody(word, "", ""), null, false))
                            .isFalse();
                }));
    }

    @Test
    void wordsInTheMessageDecideNothing() {
        ErrorBody error =
                new ErrorBody("rate_limit_exceeded", "requests", "You exceeded your current insufficient_quota");

        assertThat(RetryRules.USUAL.mayRetry(429, error, null, false)).isTrue();
    }

    @ParameterizedTest(name = "a 429 with the body {0}")
    @ValueSource(strings = {"", "<html>Too many</html>", "[]", "{\"error\":", "null", "{\"error\":{\"code\":null}}"})
    void aRateLimitWithoutAReadableBodyMayBeTriedAgain(String body) {
        assertThat(RetryRules.USUAL.mayRetry(429, ErrorBody.parse(body.getBytes()), null, false))
                .isTrue();
    }

    @ParameterizedTest(name = "{0} with x-should-retry: {1} → {2}")
    @CsvSource({
        "400,true,true",
        "503,false,false",
        "429,false,false",
        "401,TRUE,true",
        "503,maybe,true",
        "400,maybe,false"
    })
    void theServersWordWinsOverTheTable(int status, String shouldRetry, boolean expected) {
        assertThat(RetryRules.USUAL.mayRetry(status, ErrorBody.EMPTY, shouldRetry, false))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} → {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 31000. | false",
                "Limit 30,000, Used 0, Requested 45,123. Please shorten. | false",
                "Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 1200. | true",
                "Limit 30000, Requested 30000 | true",
                "Limit , Requested 5 | true",
            })
    void aRequestLargerThanTheLimitCanNeverSucceed(String message, boolean retry) {
        ErrorBody error = new ErrorBody("rate_limit_exceeded", "tokens", message);

        assertThat(RetryRules.USUAL.mayRetry(429, error, null, false)).isEqualTo(retry);
    }

    @Test
    void aRequestLargerThanTheLimitSaysNothingOfTheRate() {
        assertThat(RetryRules.isRate(429, new ErrorBody("rate_limit_exceeded", "tokens", "Limit 300, Requested 301")))
                .isFalse();
        assertThat(RetryRules.isRate(429, new ErrorBody("rate_limit_exceeded", "tokens", "Limit 300, Requested 300")))
                .isTrue();
    }

    @ParameterizedTest(name = "{0} → {1}")
    @CsvSource({"small,large", "other,huge", "huge,"})
    void aPromptThatIsTooLongMayGoToALargerModel(String model, @Nullable String larger) {
        RetryRules rules = new RetryRules(Set.of(), Map.of("small", "large", "*", "huge"));
        ErrorBody tooLong = new ErrorBody("context_length_exceeded", "", "");

        assertThat(rules.largerModel(tooLong, () -> model)).isEqualTo(Optional.ofNullable(larger));
        assertThat(rules.largerModel(new ErrorBody("content_filter", "", ""), () -> model))
                .isEmpty();
        assertThat(RetryRules.USUAL.largerModel(tooLong, () -> model)).isEmpty();
    }

    @ParameterizedTest(name = "code {0}, type {1} means {2}")
    @CsvSource({
        "rate_limit_exceeded,,429",
        ",overloaded_error,529",
        "502,,502",
        ",server_error,500",
        "whatever,,500",
        ",invalid_request_error,400",
        "context_length_exceeded,invalid_request_error,400",
        "insufficient_quota,,429",
        "invalid_api_key,,401",
        ",,500",
    })
    void anErrorInsideA200StandsForAStatus(String code, String type, int status) {
        ErrorBody error = new ErrorBody(code == null ? "" : code, type == null ? "" : type, "");

        assertThat(RetryRules.statusOf(error)).isEqualTo(status);
    }
}
