package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestRateTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    by the minute                            | limit.requests-per-minute=90                     | 90
                    a window goes before the minute          | limit.max-requests=100 limit.window-seconds=10   | 600
                    a window is a minute                     | limit.max-requests=100                           | 100
                    a window of an hour                      | limit.max-requests=3600 limit.window-seconds=3600 | 60
                    seconds alone change nothing             | limit.window-seconds=10                          | 600
                    another limit inherits the window        | limit.max-requests=100 section=limits.x.         | 100
                    another limit has a minute of its own    | limit.max-requests=100 limits.x.requests-per-minute=7 section=limits.x. | 7
                    another limit has a window of its own    | limits.x.max-requests=5 limits.x.window-seconds=1 section=limits.x. | 300
                    another limit has its requests only      | limits.x.max-requests=5 limit.window-seconds=30 section=limits.x. | 10
                    """)
    void isByTheMinuteOrByAWindow(String name, String settings, int perMinute) {
        Map<String, String> values = values(settings);

        assertThat(RequestRate.of(new Settings(values::get), values.getOrDefault("section", "limit.")))
                .isEqualTo(perMinute);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    limit.max-requests=0                                | limit.max-requests must be a whole number
                    limit.max-requests=10 limit.window-seconds=86400    | from 1 to 60000000 a minute in a window of 86400 s
                    limit.max-requests=2000000000 limit.window-seconds=1 | from 1 to 60000000 a minute in a window of 1 s
                    limit.max-requests=10 limit.window-seconds=0        | limit.window-seconds must be a whole number from 1 to 86400
                    """)
    void refusesWhatIsNoRate(String settings, String message) {
        Map<String, String> values = values(settings);

        assertThatThrownBy(() -> RequestRate.of(new Settings(values::get)))
                .isInstanceOf(Settings.ConfigurationException.class)
                .hasMessageContaining(message);
    }

    private static Map<String, String> values(String settings) {
        Map<String, String> values =
                new HashMap<>(Map.of("limit.requests-per-minute", "600", "limit.window-seconds", "60"));
        for (String setting : settings.split(" ")) {
            String[] pair = setting.split("=", 2);
            values.put(pair[0], pair[1]);
        }
        return values;
    }
}
