package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    @ParameterizedTest(name = "{0}: {1} → {2} ms")
    @CsvSource(
            delimiter = '|',
            value = {
                "retry-after-ms    | 1500                            | 1500",
                "retry-after-ms    | 20.5                            | 20.5",
                "x-ms-retry-after-ms | 250                           | 250",
                "retry-after       | 2                               | 2000",
                "retry-after       | 0                               | 0",
                "retry-after       | 0.25                            | 250",
                "retry-after       | Mon, 23 Nov 2026 08:00:07 GMT   | 7000",
                "retry-after       | Monday, 23-Nov-26 08:00:07 GMT  | 7000",
                "retry-after       | Mon Nov 23 08:00:07 2026        | 7000",
                "retry-after       | Tue Dec  1 08:00:00 2026        | 691200000",
                "retry-after       | Sun, 22 Nov 2026 08:00:00 GMT   | 0",
            })
    void readsEveryForm(String header, String value, double millis) {
        assertThat(RetryAfter.of(Map.of(header.strip(), value.strip())::get, NOW))
                .contains(Duration.ofNanos((long) (millis * 1_000_000)));
    }

    @ParameterizedTest(name = "passes over {0}")
    @ValueSource(
            strings = {
                "",
                " ",
                "-1",
                "-0.5",
                "soon",
                "1e3",
                "NaN",
                "Infinity",
                "12 seconds",
                "Mon, 99 Nov 2026 08:00:07 GMT",
                "1,5"
            })
    void passesOverWhatIsMalformed(String value) {
        assertThat(RetryAfter.of(Map.of("retry-after", value, "retry-after-ms", value)::get, NOW))
                .isEmpty();
    }

    @Test
    void fallsThroughToTheNextSource() {
        Map<String, String> headers = Map.of("retry-after-ms", "-5", "x-ms-retry-after-ms", "", "retry-after", "3");

        assertThat(RetryAfter.of(headers::get, NOW)).contains(Duration.ofSeconds(3));
    }

    @Test
    void prefersTheFinestSource() {
        Map<String, String> headers = Map.of("retry-after-ms", "100", "retry-after", "3");

        assertThat(RetryAfter.of(headers::get, NOW)).contains(Duration.ofMillis(100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri Dec 31 23:59:59 9999"})
    void keepsAbsurdFiguresWithinReason(String value) {
        assertThat(RetryAfter.of(Map.of("retry-after", value)::get, NOW)).contains(Duration.ofDays(3650));
    }

    @Test
    void saysNothingWhereNothingIsSaid() {
        assertThat(RetryAfter.of(name -> null, NOW)).isEqualTo(Optional.empty());
    }
}
