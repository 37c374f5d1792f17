package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoDurationTest {

    @ParameterizedTest(name = "{0} is written {1}")
    @CsvSource({
        "PT0S, 0s",
        "PT0.020S, 20ms",
        "PT0.000001S, 1ms",
        "PT0.999000001S, 1s",
        "PT1S, 1s",
        "PT1.5S, 1.5s",
        "PT8.64S, 8.64s",
        "PT1.007S, 1.007s",
        "PT6M, 6m0s",
        "PT59M59.25S, 59m59.25s",
        "PT1H2M3S, 1h2m3s",
        "PT48H, 48h0m0s",
    })
    void writesDurationsAsGoDoes(Duration duration, String text) {
        assertThat(GoDuration.format(duration)).isEqualTo(text);
    }
}
