package dev.sluice.sandbox;

import static dev.sluice.sandbox.Caller.chat;
import static dev.sluice.sandbox.Caller.error;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxLimitTest {
    private static final SandboxConfig QUICK = SandboxConfig.defaults().withLatency(Duration.ZERO);

    private final ManualClock clock = new ManualClock();
    private final Sandbox sandbox = Sandbox.start(QUICK, clock);
    private final Caller caller = new Caller(sandbox);

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void refusesWithATrue429WhenTheBucketIsEmpty() {
        sandbox.configure(QUICK.withRequestsPerMinute(500).withBurst(Duration.ZERO));
        assertThat(status()).isEqualTo(200);

        HttpResponse<String> refused = caller.post(chat("sandbox-model", "x"));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body())
                .isEqualTo("{\"error\":{\"message\":\"Rate limit reached for sandbox-model on requests per min (RPM):"
                        + " Limit 500, Used 500, Requested 1. Please try again in 120ms.\",\"type\":\"requests\","
                        + "\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
        assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
        assertThat(refused.headers().firstValue("retry-after-ms")).hasValue("120");
    }

    @Test
    void isTrueToTheTimeThatItNames() {
        sandbox.configure(QUICK.withRequestsPerMinute(500).withBurst(Duration.ZERO));
        assertThat(status()).isEqualTo(200);
        clock.advance(Duration.ofMillis(119));
        assertThat(status()).isEqualTo(429);
        clock.advance(Duration.ofMillis(1));
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void chargesThePromptAndTheMostThatTheAnswerMayCost() {
        sandbox.configure(QUICK.withTokensPerMinute(1_000_000));
        caller.post(chat("any", "x".repeat(41)));
        caller.post(chat("any", "x".repeat(41)).put("max_tokens", 500));
        caller.post(chat("any", "x".repeat(41)).put("max_tokens", 500).put("max_completion_tokens", 7));
        assertThat(sandbox.stats().tokens()).isEqualTo((11 + 16) + (11 + 500) + (11 + 7));
    }

    @Test
    void refusesByTokensAndDrainsNeitherBucket() {
        sandbox.configure(
                QUICK.withRequestsPerMinute(600).withTokensPerMinute(6_000).withBurst(Duration.ofSeconds(6)));
        assertThat(status(590)).isEqualTo(200);

        for (int i = 0; i < 3; i++) {
            HttpResponse<String> refused = caller.post(chat("any", "x").put("max_tokens", 199));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(error(refused).path("type").asText()).isEqualTo("tokens");
            assertThat(error(refused).path("message").asText())
                    .isEqualTo(
                            "Rate limit reached for any on tokens per min (TPM): Limit 6000, Used 5991, Requested 200."
                                    + " Please try again in 1.91s.");
            assertThat(refused.headers().firstValue("retry-after")).hasValue("2");
            assertThat(refused.headers().firstValue("x-ratelimit-remaining-requests"))
                    .hasValue("59");
            assertThat(refused.headers().firstValue("x-ratelimit-remaining-tokens"))
                    .hasValue("9");
        }
        assertThat(status(8)).isEqualTo(200);
        assertThat(sandbox.stats().refused()).isEqualTo(3);
    }

    @Test
    void refusesForGoodWhatIsLargerThanTheLimit() {
        sandbox.configure(QUICK.withTokensPerMinute(1_000).withBurst(Duration.ofMinutes(1)));
        HttpResponse<String> refused = caller.post(chat("any", "x").put("max_tokens", 1_000));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(error(refused).path("message").asText())
                .startsWith("Request too large for any on tokens per min (TPM): Limit 1000, Requested 1001.");
        assertThat(refused.headers().firstValue("retry-after")).isEmpty();
        assertThat(status(999)).isEqualTo(200);
    }

    @Test
    void letsInWhatFitsTheLimitThoughNotTheBurst() {
        sandbox.configure(QUICK.withTokensPerMinute(6_000));
        assertThat(status(2_999)).isEqualTo(200);
        assertThat(status(9)).isEqualTo(429);
        clock.advance(Duration.ofSeconds(30));
        assertThat(status(9)).isEqualTo(200);
    }

    @Test
    void tellsItsLimitsWithEveryAnswer() {
        sandbox.configure(
                QUICK.withRequestsPerMinute(60).withTokensPerMinute(60_000).withBurst(Duration.ofMinutes(1)));
        HttpHeaders headers =
                caller.post(chat("gpt-4o-mini", "x").put("max_tokens", 1_499)).headers();
        assertThat(headers.firstValue("x-ratelimit-limit-requests")).hasValue("60");
        assertThat(headers.firstValue("x-ratelimit-remaining-requests")).hasValue("59");
        assertThat(headers.firstValue("x-ratelimit-reset-requests")).hasValue("1s");
        assertThat(headers.firstValue("x-ratelimit-limit-tokens")).hasValue("60000");
        assertThat(headers.firstValue("x-ratelimit-remaining-tokens")).hasValue("58500");
        assertThat(headers.firstValue("x-ratelimit-reset-tokens")).hasValue("1.5s");
    }

    @ParameterizedTest(name = "model ''{0}''")
    @CsvSource({"sandbox-500, 500", "sandbox-quota, 429", "'', 400", "sandbox-cut, 0"})
    void tellsAndChargesThemWhenTheCallFailsToo(String model, int status) {
        sandbox.configure(QUICK.withRequestsPerMinute(60).withBurst(Duration.ofMinutes(1)));
        if (status > 0) {
            HttpResponse<String> response = caller.post(chat(model, "x"));
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.headers().firstValue("x-ratelimit-limit-requests"))
                    .hasValue("60");
        } else {
            assertThat(caller.postAsync(chat(model, "x"))).failsWithin(Duration.ofSeconds(10));
        }
        assertThat(caller.post(chat("any", "x")).headers().firstValue("x-ratelimit-remaining-requests"))
                .hasValue(status == 400 ? "59" : "58");
    }

    @Test
    void keepsTheHeadersToItselfWhenToldTo() {
        sandbox.configure(QUICK.withRequestsPerMinute(60).withRateHeaders(false));
        HttpHeaders headers = caller.post(chat("any", "x")).headers();
        assertThat(headers.map().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        assertThat(caller.post(chat("any", "x")).headers().firstValue("retry-after-ms"))
                .hasValue("1000");
    }

    @Test
    void staysAsEmptyAsItIsWhenOnlySomethingElseIsConfigured() {
        SandboxConfig limited = QUICK.withRequestsPerMinute(60);
        sandbox.configure(limited);
        assertThat(status()).isEqualTo(200);
        sandbox.configure(limited.withSeed(9).withRateHeaders(false));
        assertThat(status()).isEqualTo(429);
        sandbox.configure(limited.withRequestsPerMinute(61));
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void isFullAgainAfterAReset() {
        sandbox.configure(QUICK.withRequestsPerMinute(60));
        assertThat(status()).isEqualTo(200);
        caller.send("POST", "/sandbox/reset");
        assertThat(status()).isEqualTo(200);
    }

    private int status() {
        return status(1);
    }

    /** One token of prompt and so many of answer. */
    private int status(int maxTokens) {
        return caller.post(chat("any", "x").put("max_tokens", maxTokens)).statusCode();
    }
}
