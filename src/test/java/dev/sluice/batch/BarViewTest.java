package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BarViewTest {

    @ParameterizedTest(name = "{0} columns")
    @CsvSource(quoteCharacter = '`', textBlock = """
            0,  ``
            8,  ` 3200/s`
            30, ` 3200/s, 12 failed, limit 98%`
            80, ` 3200/s, 12 failed, limit 98%, 3 retries, 64000 tokens/s`
            """)
    void saysAsMuchAsThereIsRoomFor(int room, String details) {
        assertThat(BarView.details(
                        new Counts(1_000_000, 0, 5, 12, Map.of()),
                        new Pace.Speed(3200, 64_000, 0.98, 7, 3, Optional.empty()),
                        room))
                .isEqualTo(details);
    }
}
