package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.RateHints;
import dev.sluice.call.RateHeaders.Family;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RateHeadersTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Set<Family> ALL = EnumSet.allOf(Family.class);

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "requests of OpenAI                    | requests |   600 |  599 | 100ms    |   600 |     - |   0",
                "tokens of OpenAI                      | tokens   | 30000 | 2000 | 56s      |     - | 30000 |   0",
                "no requests left: the next one is due | requests |   600 |    0 | 1m0s     |   600 |     - | 100",
                "no tokens left: within a second       | tokens   | 30000 |    0 | 1m0s     |     - | 30000 | 1000",
                "no tokens left, full again sooner     | tokens   | 30000 |    0 | 20ms     |     - | 30000 |  20",
                "hours, minutes, parts of seconds      | requests |     - |    0 | 1h2m3.5s |     - |     - | 3723500",
                "microseconds                          | requests |     - |    0 | 2500µs   |     - |     - |   2",
                "a limit by the day                    | requests | 10000 | 9999 | 8.64s    |     - |     - |   0",
                "a limit by the day, used up           | requests |   200 |    0 | 7m12s    |     - |     - | 432000",
                "the limit alone                       | requests |   600 |    - | -        |   600 |     - |   0",
                "only what remains                     | requests |     - |    5 | 1s       |     - |     - |   0",
                "no reset                              | requests |   600 |    0 | -        |   600 |     - |   0",
                "Azure: seconds to the next window     | requests |   600 |    0 | 7        |   600 |     - | 7000",
                "Azure: something is left              | requests |   600 |   10 | 7        |   600 |     - |   0",
                "Azure: placeholders                   | requests |    -1 |   -1 | 0        |     - |     - |   0",
                "a limit of nothing                    | requests |     0 |    0 | 1s       |     - |     - | 1000",
                "a negative limit                      | requests |  -600 |   -3 | 1s       |     - |     - |   0",
                "a limit that is no number             | requests | lots  | some | soon     |     - |     - |   0",
                "a limit beyond all numbers            | requests | 99999999999999999999 | 1 | 1s |  -  |   -   |   0",
                "a part of a request                   | requests | 600.5 |    1 | 1s       |     - |     - |   0",
                "a reset without a unit, and a half    | requests |   600 |    0 | 1.5      |   600 |     - |   0",
                "a reset with something after it       | requests |   600 |    0 | 1s later |   600 |     - |   0",
                "nothing at all                        | requests |     - |    - | -        |     - |     - |   0",
            })
    void readsOpenAiAndAzure(
            String what,
            String unit,
            String limit,
            String remaining,
            String reset,
            Long requests,
            Long tokens,
            long emptyMs) {
        RateHints hints = hints(
                ALL,
                "X-RateLimit-Limit-" + unit,
                limit,
                "x-ratelimit-remaining-" + unit,
                remaining,
                "x-ratelimit-reset-" + unit,
                reset);

        assertSays(hints, requests, tokens, emptyMs);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "requests                       | requests      |    50 |    49 | 2026-11-23T12:00:01Z      |    50 |     - |    0",
                "no requests left               | requests      |    50 |     0 | 2026-11-23T12:01:00Z      |    50 |     - | 1200",
                "tokens                         | tokens        | 80000 | 79000 | 2026-11-23T12:00:01Z      |     - | 80000 |    0",
                "no input tokens left           | input-tokens  | 40000 |     0 | 2026-11-23T12:01:00Z      |     - |     - | 1000",
                "output tokens are not all      | output-tokens |  8000 |  8000 | 2026-11-23T12:00:00Z      |     - |     - |    0",
                "a moment in another time zone  | tokens        | 80000 |     0 | 2026-11-23T13:00:00.5+01:00 |   - | 80000 |  500",
                "a moment that is past          | tokens        | 80000 |     0 | 2026-11-23T11:59:00Z      |     - | 80000 |    0",
                "a moment that is none          | tokens        | 80000 |     0 | tomorrow                  |     - | 80000 |    0",
            })
    void readsAnthropic(
            String what,
            String unit,
            String limit,
            String remaining,
            String reset,
            Long requests,
            Long tokens,
            long emptyMs) {
        String prefix = "anthropic-ratelimit-" + unit;

        assertSays(
                hints(ALL, prefix + "-limit", limit, prefix + "-remaining", remaining, prefix + "-reset", reset),
                requests,
                tokens,
                emptyMs);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "windows of a second and a minute | 1000, 1000;w=1, 60000;w=60 | 10 | 1          | 60000 |    0",
                "the narrower one counts          | 50;w=1, 600;w=60           | 10 | 1          |   600 |    0",
                "a second is a sixtieth           | 5;w=1                      | 10 | 1          |   300 |    0",
                "nothing left                     | 100;w=60                   |  0 | 12         |   100 | 12000",
                "nothing left until a moment      | 100;w=60                   |  0 | 1795435230 |   100 | 30000",
                "no window: not known             | 1000                       | 10 | 1          |     - |    0",
                "a window of a day                | 1000;w=86400               | 10 | 1          |     - |    0",
                "a window of nothing              | 1000;w=0                   | 10 | 1          |     - |    0",
                "a limit of nothing               | 0;w=60                     | 10 | 1          |     - |    0",
                "nonsense                         | many;w=often               | no | never      |     - |    0",
            })
    void readsLists(String what, String limit, String remaining, String reset, Long requests, long emptyMs) {
        assertSays(
                hints(ALL, "x-ratelimit-limit", limit, "x-ratelimit-remaining", remaining, "x-ratelimit-reset", reset),
                requests,
                null,
                emptyMs);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void eachFamilyCanBeSwitchedOff(Family off) {
        Map<Family, String[]> headers = Map.of(
                Family.OPENAI,
                new String[] {"x-ratelimit-limit-requests", "600", "x-ratelimit-reset-requests", "1s"},
                Family.AZURE,
                new String[] {"x-ratelimit-limit-requests", "600", "x-ratelimit-reset-requests", "1"},
                Family.ANTHROPIC,
                new String[] {"anthropic-ratelimit-requests-limit", "600"},
                Family.LIST,
                new String[] {"x-ratelimit-limit", "600;w=60"});
        for (Family family : Family.values()) {
            assertThat(hints(EnumSet.complementOf(EnumSet.of(off)), headers.get(family))
                            .requestsPerMinute()
                            .isPresent())
                    .as("%s without %s", family, off)
                    .isEqualTo(family != off);
        }
    }

    @Test
    void takesTheLowerLimitAndTheLongerWaitOfSeveral() {
        RateHints hints = hints(
                ALL,
                "x-ratelimit-limit-requests",
                "600",
                "x-ratelimit-remaining-tokens",
                "0",
                "x-ratelimit-reset-tokens",
                "300ms",
                "x-ratelimit-limit",
                "100;w=60",
                "x-ratelimit-remaining",
                "0",
                "x-ratelimit-reset",
                "2");

        assertSays(hints, 100L, null, 2_000);
    }

    @Test
    void goesByTheClockOfTheUpstreamWhereThereIsOne() {
        RateHints hints = hints(
                ALL,
                "date",
                "Mon, 23 Nov 2026 09:00:00 GMT",
                "anthropic-ratelimit-tokens-remaining",
                "0",
                "anthropic-ratelimit-tokens-reset",
                "2026-11-23T09:00:00.400Z");

        assertThat(hints.empty()).isEqualTo(Duration.ofMillis(400));
    }

    private static void assertSays(RateHints hints, Long requests, Long tokens, long emptyMs) {
        assertThat(hints.requestsPerMinute().stream().boxed().findFirst().orElse(null))
                .isEqualTo(requests);
        assertThat(hints.tokensPerMinute().stream().boxed().findFirst().orElse(null))
                .isEqualTo(tokens);
        assertThat(hints.empty().toMillis()).isEqualTo(emptyMs);
    }

    private static RateHints hints(Set<Family> families, String... namesAndValues) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                headers.put(namesAndValues[i], namesAndValues[i + 1]);
            }
        }
        return new RateHeaders(families).hints(headers::get, NOW);
    }
}
