package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WindowTest {
    private final ManualClock clock = new ManualClock();

    @Test
    void aSlidingWindowCountsExactlyTheLastMinute() {
        Quota window = Quota.Shape.SLIDING.of(3, Duration.ZERO, clock);
        for (int i = 0; i < 3; i++) {
            take(window, 1);
            clock.advance(Duration.ofSeconds(10));
        }

        assertThat(window.remaining()).isZero();
        assertThat(window.delay(1)).isEqualTo(Duration.ofSeconds(30));
        assertThat(window.delay(2)).isEqualTo(Duration.ofSeconds(40));
        assertThat(window.reset()).isEqualTo(Duration.ofSeconds(50));

        clock.advance(Duration.ofSeconds(30).minusNanos(1));
        assertThat(window.delay(1)).isEqualTo(Duration.ofNanos(1));
        clock.advance(Duration.ofNanos(1));
        take(window, 1);
        assertThat(window.delay(1)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void aFixedWindowStartsAgainEveryMinute() {
        Quota window = Quota.Shape.WINDOW.of(3, Duration.ZERO, clock);
        clock.advance(Duration.ofSeconds(50));
        take(window, 3);

        assertThat(window.remaining()).isZero();
        assertThat(window.delay(1)).isEqualTo(Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(10));
        assertThat(window.reset()).isZero();
        take(window, 2);
        assertThat(window.remaining()).isEqualTo(1);
        assertThat(window.reset()).isEqualTo(Duration.ofMinutes(1));
    }

    private static void take(Quota window, long cost) {
        assertThat(window.delay(cost)).isZero();
        window.drain(cost);
    }
}
