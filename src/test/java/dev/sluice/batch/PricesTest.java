package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PricesTest {
    private static final String PRICES = "gpt-4o-mini=0.15/0.60, gpt-4o=2.5/10 ,org/model:free=0/0,*=1/1";

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-mini, 0.75",
        "gpt-4o-mini-2024-07-18, 0.75",
        "gpt-4o-2024-08-06, 12.5",
        "org/model:free, 0",
        "gpt-4, 2",
        "anything, 2"
    })
    void knowsWhatAMillionTokensEachCost(String model, double money) {
        assertThat(Prices.parse(PRICES).of(model, 1_000_000, 1_000_000))
                .hasValueSatisfying(use -> assertThat(use.money()).isEqualTo(money));
    }

    @Test
    void aModelWithoutAPriceHasNone() {
        assertThat(Prices.parse("a=1/1").of("b", 1, 1)).isEmpty();
        assertThat(Prices.parse(" ").isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a=1", "a=1/2/3", "=1/1", "a=x/1", "a=-1/1", "a=1/1000001"})
    void refusesWhatIsNoPrice(String text) {
        assertThatThrownBy(() -> Prices.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
