package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60));

    @ParameterizedTest(name = "after attempt {0}: {1} to {2} ms")
    @CsvSource({"1,500,1000", "2,1000,2000", "3,2000,4000", "7,30000,60000", "100,30000,60000"})
    void growsExponentiallyAndWaitsAtLeastHalf(int attempt, long least, long most) {
        assertThat(backoff.before(attempt, Optional.empty(), 0)).hasMillis(least);
        assertThat(backoff.before(attempt, Optional.empty(), 0.9999999)).hasMillis(most);
    }

    @Test
    void neverReturnsBeforeTheServerAllows() {
        Optional<Duration> asked = Optional.of(Duration.ofMillis(5000));

        assertThat(backoff.before(1, asked, 0)).hasMillis(5000);
        assertThat(backoff.before(1, asked, 0.5)).isBetween(Duration.ofMillis(5000), Duration.ofMillis(5500));
        assertThat(backoff.before(1, Optional.of(Duration.ofNanos(1)), 0)).hasMillis(500);
    }

    @Test
    void takesTheServersWaitAsAFloorOnly() {
        assertThat(backoff.before(3, Optional.of(Duration.ofMillis(10)), 0)).hasMillis(2000);
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), 2, Duration.ofSeconds(1)))
                .hasMessageContaining("retry.max-ms");
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), 0.5, Duration.ofSeconds(3)))
                .hasMessageContaining("retry.multiplier");
    }
}
