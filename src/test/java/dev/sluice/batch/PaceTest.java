package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong tokens = new AtomicLong();
    private final Pace pace = new Pace(new Usage(calls::get, tokens::get, () -> 3, 600, 1_000_000));

    @Test
    void tellsSpeedShareOfTheLimitAndWhatIsLeft() {
        pace.at(0, counts(100, 0));
        calls.set(50);
        tokens.set(5000);
        Pace.Speed speed = pace.at(Duration.ofSeconds(10).toNanos(), counts(100, 50));

        assertThat(speed.linesPerSecond()).isCloseTo(5, within(1e-9));
        assertThat(speed.tokensPerSecond()).isCloseTo(500, within(1e-9));
        assertThat(speed.limitUsed()).as("300 of 600 requests a minute").isCloseTo(0.5, within(1e-9));
        assertThat(speed.left()).contains(Duration.ofSeconds(10));
        assertThat(speed.retries()).isEqualTo(3);
    }

    @Test
    void forgetsWhatIsLongAgo() {
        for (int second = 0; second <= 20; second++) {
            pace.at(Duration.ofSeconds(second).toNanos(), counts(1000, 10 * second));
        }
        Pace.Speed speed = pace.at(Duration.ofSeconds(31).toNanos(), counts(1000, 200));

        assertThat(speed.linesPerSecond()).isZero();
        assertThat(speed.left()).isEmpty();
    }

    @Test
    void theEndIsUnknownUntilTheLinesAreCounted() {
        pace.at(0, counts(-1, 0));

        assertThat(pace.at(1_000_000_000, counts(-1, 10)).left()).isEmpty();
    }

    private static Counts counts(long total, long answered) {
        return new Counts(total, 0, answered, 0, Map.of());
    }
}
