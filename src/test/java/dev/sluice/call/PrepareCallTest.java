package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.Checked;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrepareCallTest {
    private static final CamelContext CAMEL = new DefaultCamelContext();

    @AfterAll
    static void stop() throws Exception {
        CAMEL.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CamelHttpUri",
                "CamelRestHttpMethod",
                "X-Should-Retry",
                "Retry-After",
                "retry-after-ms",
                "x-ms-retry-after-ms",
                "Date",
                "x-ratelimit-limit",
                "X-RateLimit-Remaining-Requests",
                "x-ratelimit-reset-tokens",
                "anthropic-ratelimit-input-tokens-remaining"
            })
    void dropsWhatOnlyTheUpstreamMaySay(String header) {
        assertThat(prepared(Map.of(header, "1")).getMessage().getHeaders()).doesNotContainKey(header);
    }

    @Test
    void leavesTheOtherHeadersOfAMessage() {
        assertThat(prepared(Map.of("X-Ratelimited", "1")).getMessage().getHeaders())
                .containsEntry("X-Ratelimited", "1")
                .containsEntry(Exchange.HTTP_PATH, "/chat/completions");
    }

    private static Exchange prepared(Map<String, Object> headers) {
        Exchange exchange = Checked.exchange(CAMEL, "a");
        exchange.getMessage().getHeaders().putAll(headers);
        new PrepareCall().process(exchange);
        return exchange;
    }
}
