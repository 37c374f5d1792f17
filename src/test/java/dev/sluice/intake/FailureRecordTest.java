package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class FailureRecordTest {

    @Test
    void saysOfAnExceptionOfOthersItsClassAndOneShortLineWithoutKeys() throws Exception {
        try (CamelContext camel = new DefaultCamelContext()) {
            var failure = new IllegalStateException("no way\n\tBearer abcdef123456 " + "x".repeat(5000));

            FailureRecord record = FailureRecord.of(Checked.exchange(camel, "a"), failure, Instant.EPOCH);

            assertThat(record.code()).isEqualTo("internal_error");
            assertThat(record.message())
                    .startsWith("java.lang.IllegalStateException: no way ***")
                    .hasSizeLessThan(410);
        }
    }
}
