package dev.sluice.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.progress.ProgressSource.Done;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class TellProgressTest {
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private List<Done> done = List.of();
    private final TellProgress tell = new TellProgress("me", new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }
    });

    TellProgressTest() {
        camel.getRegistry().bind("source", ProgressSource.class, (ProgressSource) () -> done);
    }

    @Test
    void tellsWhatHasChangedAndOnceInAWhileThatItIsThere() {
        assertThat(told()).isEmpty();
        done = List.of(Done.here("queue q", 1, 0), Done.here("rest", 5, 5));
        assertThat(told()).extracting(Progress::job).containsExactly("queue q", "rest");
        assertThat(told()).isEmpty();

        done = List.of(Done.here("queue q", 2, 0), Done.here("rest", 5, 5));
        assertThat(told()).singleElement().satisfies(progress -> {
            assertThat(progress.answered()).isEqualTo(2);
            assertThat(progress.byNode()).containsOnlyKeys("me");
        });

        now = now.plus(TellProgress.AGAIN);
        assertThat(told()).hasSize(2);
    }

    @Test
    void whatItKeepsNoAccountOfAnyMoreHasEnded() {
        done = List.of(Done.byAll("batch b", 10, false, 9, 0), Done.here("rest", 1, 0));
        told();
        done = List.of();

        assertThat(told()).singleElement().satisfies(progress -> {
            assertThat(progress.job()).isEqualTo("batch b");
            assertThat(progress.ended()).isTrue();
        });
        now = now.plus(Duration.ofDays(1));
        assertThat(told()).isEmpty();
    }

    @Test
    void whatHasEndedIsToldOnce() {
        done = List.of(Done.byAll("batch b", 10, true, 10, 0));
        assertThat(told()).singleElement().matches(Progress::ended);
        done = List.of();
        assertThat(told()).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private List<Progress> told() {
        Exchange exchange = new DefaultExchange(camel);
        tell.process(exchange);
        return exchange.getMessage().getBody(List.class);
    }
}
