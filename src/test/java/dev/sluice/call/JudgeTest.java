package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.Tally;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgeTest {
    private static final CamelContext CAMEL = new DefaultCamelContext();
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

    private final Judge judge = new Judge(
            UpstreamKey.of(""),
            RetryRules.USUAL,
            Duration.ofMinutes(1),
            CLOCK,
            new Tally(new SimpleMeterRegistry(), CLOCK, ""));

    @AfterAll
    static void stop() throws Exception {
        CAMEL.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{'prompt_tokens':2,'completion_tokens':3,'total_tokens':6} | 6",
                "{'prompt_tokens':2,'completion_tokens':3}                  | 5",
                "{'total_tokens':1e30}                                      | -1",
                "{'total_tokens':4294967296}                                | -1",
                "{'total_tokens':-5}                                        | -1",
                "{'total_tokens':'many'}                                    | -1",
                "{'prompt_tokens':-2,'completion_tokens':3}                 | 3",
                "{}                                                         | -1",
            })
    void believesUsageThatMakesSense(String usage, long tokens) throws Exception {
        assertThat(Judge.totalTokens(new ObjectMapper().readTree(usage.replace('\'', '"'))))
                .isEqualTo(tokens < 0 ? OptionalLong.empty() : OptionalLong.of(tokens));
    }

    @Test
    void takesTheFirstOfSeveralRetryAfters() {
        Exchange exchange = new DefaultExchange(CAMEL);
        exchange.getMessage().setHeader("retry-after", List.of("5", "7"));

        assertThat(judge.refused(exchange, 429, ErrorBody.EMPTY))
                .isInstanceOfSatisfying(RetryableUpstreamException.class, failure -> assertThat(failure.retryAfter())
                        .hasValue(Duration.ofSeconds(5)));
    }
}
