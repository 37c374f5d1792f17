package dev.sluice.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.progress.Progress.Part;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final long NOON = 1_800_000_000_000L;

    @Test
    void addsUpWhatNodesSay() {
        Progress both = said("a", 3, 1, NOON).with(said("b", 4, 0, NOON + 5));

        assertThat(both.answered()).isEqualTo(7);
        assertThat(both.failed()).isEqualTo(1);
        assertThat(both.at()).isEqualTo(NOON + 5);
        assertThat(both.byNode()).containsOnlyKeys("a", "b");
    }

    @Test
    void whatANodeSaysAgainIsNotAdded() {
        Progress twice = said("a", 3, 1, NOON).with(said("a", 5, 1, NOON + 1)).with(said("a", 5, 1, NOON + 2));

        assertThat(twice.answered()).isEqualTo(5);
        assertThat(twice.failed()).isEqualTo(1);
    }

    @Test
    void keepsWhatNodesHaveDoneThatHaveGone() {
        long later = NOON + Progress.SILENCE.toMillis() + 1;
        Progress gone = said("a", 3, 0, NOON)
                .with(said("b", 4, 0, NOON))
                .with(said("c", 1, 0, later))
                .with(said("c", 2, 0, later + 1));

        assertThat(gone.answered()).isEqualTo(9);
        assertThat(gone.byNode()).containsOnlyKeys("c", "gone");
    }

    @Test
    void knowsTheTotalOnceItWasSaid() {
        Progress first = Progress.of("batch in", 100, false, Progress.ALL, new Part(1, 0, NOON));
        Progress resumed = Progress.of("batch in", Progress.ENDLESS, false, Progress.ALL, new Part(2, 0, NOON + 1));

        assertThat(first.with(resumed).total()).isEqualTo(100);
        assertThat(first.with(resumed).byNode()).isEmpty();
    }

    private static Progress said(String node, long answered, long failed, long at) {
        return Progress.of("folder in", Progress.ENDLESS, false, node, new Part(answered, failed, at));
    }
}
