package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
    private final Limit limit = Limit.perMinute("default", 600, 200_000);

    @ParameterizedTest(name = "{0} requests and {1} tokens a minute, burst of {2} ms: {3} requests, {4} tokens at once")
    @CsvSource({
        "600,   200000, 250,   2,   3334",
        "60,    200000, 250,   1,   3334",
        "600,   60,     0,     1,   1",
        "600,   1,      250,   2,   1",
        "6000,  60000,  1000,  100, 1000",
        "600,   200000, 60000, 600, 200000",
    })
    void saysHowMuchMayGoAtOnce(long requests, long tokens, long burstMs, long burstRequests, long burstTokens) {
        Limit limit = new Limit("default", requests, tokens, Duration.ofMillis(burstMs), true);

        assertThat(limit.burstRequests()).isEqualTo(burstRequests);
        assertThat(limit.burstTokens()).isEqualTo(burstTokens);
    }

    @Test
    void roundsCostsUp() {
        assertThat(Limit.perMinute("default", 700, 1).requestMicros()).isEqualTo(85_715);
        assertThat(limit.tokenMicros(1_000)).isEqualTo(300_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Limit.MAX_REQUESTS_PER_MINUTE + 1L})
    void refusesARequestRateThatIsNone(long rate) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.perMinute("default", rate, 1))
                .withMessage("limit.requests-per-minute must be 1 to 60000000, was " + rate);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Limit.MAX_TOKENS_PER_MINUTE + 1})
    void refusesATokenRateThatIsNone(long rate) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.perMinute("default", 1, rate))
                .withMessage("limit.tokens-per-minute must be 1 to 100000000000, was " + rate);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 60_001})
    void refusesABurstBeyondAMinute(long ms) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Limit("default", 1, 1, Duration.ofMillis(ms), true))
                .withMessage("limit.burst-ms must be 0 to 60000, was " + ms);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a{b}"})
    void refusesAKeyThatIsNoHashTag(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.perMinute(key, 1, 1))
                .withMessage("limit.key must be one word without spaces and braces, was '" + key + "'");
    }

    @Test
    void cutsACompletionToTheLimit() throws Exception {
        assertThat(limit.tokensFor(new Reservation("default", 199_000, 5_000))).isEqualTo(200_000);
        assertThat(limit.tokensFor(new Reservation("default", 10, Long.MAX_VALUE)))
                .isEqualTo(200_000);
        assertThat(limit.tokensFor(new Reservation("default", 200_000, 0))).isEqualTo(200_000);
    }

    @Test
    void refusesAPromptLargerThanTheLimit() {
        assertThatThrownBy(() -> limit.tokensFor(new Reservation("default", 200_001, 0)))
                .isInstanceOf(RequestLargerThanLimitException.class)
                .hasMessageContaining("200001")
                .hasMessageContaining("200000");
    }

    @Test
    void countsWhatWasUsedOrElseWhatWasReserved() {
        assertThat(limit.tokensUsed(100, Settlement.used(40))).isEqualTo(40);
        assertThat(limit.tokensUsed(100, Settlement.used(140))).isEqualTo(140);
        assertThat(limit.tokensUsed(100, Settlement.of(Settlement.Outcome.SUCCEEDED)))
                .isEqualTo(100);
        assertThat(limit.tokensUsed(100, Settlement.of(Settlement.Outcome.THROTTLED)))
                .isEqualTo(100);
        assertThat(limit.tokensUsed(100, new Settlement(Settlement.Outcome.FAILED, OptionalLong.of(-5))))
                .isZero();
    }

    @Test
    void countsNothingOfACallThatNeverLeft() {
        assertThat(limit.tokensUsed(100, Settlement.of(Settlement.Outcome.IGNORED)))
                .isZero();
    }

    @Test
    void keepsUnusedTokensIfTheProviderDoes() {
        Limit strict = new Limit("default", 600, 200_000, Limit.DEFAULT_BURST, false);

        assertThat(strict.tokensUsed(100, Settlement.used(40))).isEqualTo(100);
        assertThat(strict.tokensUsed(100, Settlement.used(140))).isEqualTo(140);
        assertThat(strict.tokensUsed(100, Settlement.of(Settlement.Outcome.IGNORED)))
                .isZero();
    }
}
