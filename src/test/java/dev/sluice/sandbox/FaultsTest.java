package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FaultsTest {

    @Test
    void meetsEachFaultAboutAsOftenAsItsProbabilitySays() {
        List<Behaviour> met = meet("500:0.05,reset:0.01,status-418:0.5", 7, 100_000);
        assertThat(share(met, Behaviour.failing("500"))).isCloseTo(0.05, within(0.005));
        assertThat(share(met, Behaviour.failing("reset"))).isCloseTo(0.01, within(0.002));
        assertThat(share(met, Behaviour.failing("status-418"))).isCloseTo(0.5, within(0.01));
        assertThat(share(met, Behaviour.Answer.PLAIN)).isCloseTo(0.44, within(0.01));
    }

    @Test
    void meetsTheSameFaultsInTheSameOrderWithTheSameSeed() {
        assertThat(meet("cut:0.3", 7, 1000)).isEqualTo(meet("cut:0.3", 7, 1000)).isNotEqualTo(meet("cut:0.3", 8, 1000));
    }

    @Test
    void meetsAlwaysWhatIsCertainAndNeverWhatIsImpossible() {
        assertThat(meet("500:0,html:1", 1, 1000)).containsOnly(Behaviour.Broken.HTML);
        assertThat(meet("", 1, 10)).containsOnly(Behaviour.Answer.PLAIN);
    }

    private static List<Behaviour> meet(String faults, long seed, int calls) {
        Faults parsed = Faults.parse(faults);
        return LongStream.range(0, calls)
                .mapToObj(number -> parsed.meet(seed, number, Behaviour.Answer.PLAIN))
                .toList();
    }

    private static double share(List<Behaviour> met, @Nullable Behaviour wanted) {
        return (double) met.stream()
                        .filter(behaviour -> behaviour.equals(wanted))
                        .count()
                / met.size();
    }
}
