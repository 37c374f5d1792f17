package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is told that a place of the node is free. */
class NodePlacesTest {
    private static final Settlement DONE = Settlement.of(Settlement.Outcome.SUCCEEDED);

    private final NodePlaces places = new NodePlaces(1);
    private final List<String> told = new ArrayList<>();

    @Test
    void tellsOneAfterAnotherUntilSomebodyTakesThePlace() {
        places.take(() -> {});
        places.take(() -> told.add("does not need it any more"));
        places.take(() -> takes("takes it"));
        places.take(() -> takes("comes next"));

        places.giveBack(DONE);
        assertThat(told).containsExactly("does not need it any more", "takes it");

        places.giveBack(DONE);
        assertThat(told).hasSize(3).last().isEqualTo("comes next");
    }

    @Test
    void aPlaceThatNobodyTakesStaysFree() {
        places.take(() -> {});
        places.take(() -> told.add("does not need it any more"));
        places.giveBack(DONE);

        assertThat(told).hasSize(1);
        assertThat(places.take(() -> {})).isTrue();
        assertThat(places.take(() -> {})).isFalse();
    }

    private void takes(String who) {
        told.add(who);
        assertThat(places.take(() -> {})).isTrue();
    }
}
