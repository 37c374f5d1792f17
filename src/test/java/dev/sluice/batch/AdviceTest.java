package dev.sluice.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.Diagnosis;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdviceTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "invalid_api_key",
                "insufficient_quota",
                "rate_limit_exceeded",
                "context_length_exceeded",
                "content_filter",
                "connect_timeout",
                "server_error",
                "internal_error"
            })
    void saysOfACallWhatTheTableOfFailuresSays(String code) {
        assertThat(Advice.of(code)).isEqualTo(Diagnosis.of(code, 0).nextStep());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    invalid_json        | mend these lines
                    duplicate_custom_id | custom_id of its own
                    line_too_long       | batch.max-line-bytes
                    batch_expired       | longer completion window
                    model_not_allowed   | rest.api-keys
                    model_not_found     | --model
                    """)
    void saysOfALineWhatCanBeDoneAboutLines(String code, String advice) {
        assertThat(Advice.of(code)).contains(advice);
    }
}
