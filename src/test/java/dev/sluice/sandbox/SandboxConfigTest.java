package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxConfigTest {

    @Test
    void readsEveryKey() {
        Map<String, String> properties = Map.ofEntries(
                Map.entry("sandbox.host", "localhost"),
                Map.entry("sandbox.port", "8081"),
                Map.entry("sandbox.requests-per-minute", "600"),
                Map.entry("sandbox.tokens-per-minute", "200000"),
                Map.entry("sandbox.burst-seconds", " 2.5 "),
                Map.entry("sandbox.limit-shape", "Sliding"),
                Map.entry("sandbox.latency-ms", "0"),
                Map.entry("sandbox.chunk-delay-ms", "7"),
                Map.entry("sandbox.api-key", "secret"),
                Map.entry("sandbox.faults", "500:0.05, reset:0.01"),
                Map.entry("sandbox.seed", "-3"),
                Map.entry("sandbox.rate-headers", "false"),
                Map.entry("sandbox.record", "true"));

        assertThat(SandboxConfig.from(properties::get))
                .isEqualTo(SandboxConfig.defaults()
                        .withHost("localhost")
                        .withPort(8081)
                        .withRequestsPerMinute(600)
                        .withTokensPerMinute(200_000)
                        .withBurst(Duration.ofMillis(2500))
                        .withLimitShape(Quota.Shape.SLIDING)
                        .withLatency(Duration.ZERO)
                        .withChunkDelay(Duration.ofMillis(7))
                        .withApiKey("secret")
                        .withFaults("500:0.05, reset:0.01")
                        .withSeed(-3)
                        .withRateHeaders(false)
                        .withRecord(true));
    }

    @Test
    void takesTheDefaultForWhatIsMissingOrBlank() {
        assertThat(SandboxConfig.from(key -> " ")).isEqualTo(SandboxConfig.defaults());
        assertThat(SandboxConfig.defaults())
                .isEqualTo(new SandboxConfig(
                        "127.0.0.1",
                        0,
                        0,
                        0,
                        Duration.ofSeconds(1),
                        Quota.Shape.BUCKET,
                        Duration.ofMillis(50),
                        Duration.ofMillis(5),
                        "",
                        "",
                        1,
                        true,
                        false));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
                    sandbox.port                | 65536    | sandbox.port must be a whole number from 0 to 65535, was '65536'
                    sandbox.port                | http     | sandbox.port must be a whole number from 0 to 65535, was 'http'
                    sandbox.requests-per-minute | -1       | from 0 to 1000000000, was '-1'
                    sandbox.tokens-per-minute   | 1e6      | sandbox.tokens-per-minute must be a whole number
                    sandbox.burst-seconds       | 61       | sandbox.burst-seconds must be a number of seconds from 0 to 60, was '61'
                    sandbox.burst-seconds       | a second | sandbox.burst-seconds must be
                    sandbox.limit-shape         | cone     | sandbox.limit-shape must be one of [bucket, sliding, window], was 'cone'
                    sandbox.latency-ms          | 600001   | sandbox.latency-ms must be a whole number from 0 to 600000
                    sandbox.chunk-delay-ms      | -5       | sandbox.chunk-delay-ms must be
                    sandbox.seed                | x        | sandbox.seed must be
                    sandbox.rate-headers        | yes      | sandbox.rate-headers must be true or false, was 'yes'
                    sandbox.record              | 1        | sandbox.record must be true or false, was '1'
                    sandbox.faults              | 500      | name:probability with a name out of 400, 401
                    sandbox.faults              | 5oo:0.1  | was '5oo:0.1'
                    sandbox.faults              | flaky:1  | was 'flaky:1'
                    sandbox.faults              | 500:2    | a probability from 0 to 1 after the colon, was '500:2'
                    sandbox.faults              | 500:NaN  | a probability from 0 to 1 after the colon
                    sandbox.faults              | 500:0.6,503:0.5 | add up to at most 1, was '500:0.6,503:0.5'
                    """)
    void namesTheKeyTheRangeAndTheValueThatIsWrong(String key, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SandboxConfig.from(Map.of(key, value)::get))
                .withMessageContaining(key)
                .withMessageContaining(message);
    }

    @Test
    void refusesTheSameValuesFromPrograms() {
        SandboxConfig config = SandboxConfig.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withPort(-1))
                .withMessage("sandbox.port must be from 0 to 65535, was -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withBurst(Duration.ofHours(1)))
                .withMessage("sandbox.burst-seconds must be from 0 to PT1M, was PT1H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withHost(""))
                .withMessageContaining("sandbox.host");
    }

    @Test
    void doesNotPrintItsKey() {
        assertThat(SandboxConfig.defaults().withApiKey("secret").toString())
                .contains("apiKey=set")
                .doesNotContain("secret");
    }
}
