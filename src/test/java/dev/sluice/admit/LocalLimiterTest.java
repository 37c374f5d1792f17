package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LocalLimiterTest extends LimiterContract {
    private final AtomicLong clock = new AtomicLong();
    private final Limit limit = Limit.perMinute("default", 60, 60_000);

    @Override
    Limiter limiter(Limit limit) {
        return new LocalLimiter(limit);
    }

    @Override
    void release(Limiter limiter) {
        limiter.close();
    }

    @Test
    void pacesAtAShareOfTheLimit() {
        LocalLimiter limiter = new LocalLimiter(limit, 0.8, clock::get);

        assertThat(delay(limiter, 0)).isZero();
        assertThat(delay(limiter, 0)).isEqualTo(Duration.ofMillis(1_250));
    }

    @Test
    void admitsWhatFitsTheLimitEvenAtAShareOfIt() {
        LocalLimiter limiter = new LocalLimiter(limit, 0.5, clock::get);

        assertThat(delay(limiter, 60_000)).isZero();
        assertThat(delay(limiter, 0)).isEqualTo(Duration.ofSeconds(119)); // a second of tokens is the burst
    }

    @Test
    void givesTimeBackAsItPasses() {
        LocalLimiter limiter = new LocalLimiter(limit, 1, clock::get);
        delay(limiter, 0);
        clock.addAndGet(400_000);

        assertThat(delay(limiter, 0)).isEqualTo(Duration.ofMillis(600));
        assertThat(limiter.ahead()).isEqualTo(Duration.ofMillis(600));
    }

    @Test
    void startsAfterSlotsThatWereGivenElsewhere() {
        LocalLimiter limiter = new LocalLimiter(limit, 1, clock::get);
        limiter.spentFor(Duration.ofSeconds(30));

        assertThat(delay(limiter, 0)).isEqualTo(Duration.ofSeconds(31));
    }

    private static Duration delay(LocalLimiter limiter, long tokens) {
        return limiter.acquire(new Reservation("default", tokens, 0))
                .toCompletableFuture()
                .join()
                .delay();
    }
}
