package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LongSetTest {

    @Test
    void knowsWhatWasAdded() {
        LongSet set = new LongSet();
        Set<Long> model = new HashSet<>();
        Random random = new Random(5);
        for (int i = 0; i < 50_000; i++) {
            long value = 1 + random.nextInt(30_000) * 1_000_003L;
            assertThat(set.add(value)).isEqualTo(model.add(value));
        }
    }
}
