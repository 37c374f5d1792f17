package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DiagnosisTest {

    @ParameterizedTest(name = "{0}, status {1}: {2}")
    @CsvSource({
        "invalid_api_key,401,KEY_REFUSED",
        "http_401,401,KEY_REFUSED",
        "insufficient_quota,429,OUT_OF_MONEY",
        "rate_limit_exceeded,429,RATE_LIMITED",
        "http_429,429,RATE_LIMITED",
        "slow_down,503,RATE_LIMITED",
        "context_length_exceeded,400,CONTEXT_TOO_LONG",
        "http_400,400,REQUEST_WRONG",
        "invalid_request_error,400,REQUEST_WRONG",
        "invalid_request_error,401,KEY_REFUSED",
        "invalid_request_error,403,NOT_ALLOWED",
        "invalid_request_error,404,NOT_FOUND",
        "invalid_request_error,413,TOO_LARGE",
        "invalid_request_error,429,RATE_LIMITED",
        "invalid_request_error,0,REQUEST_WRONG",
        "server_error,503,OVERLOADED",
        "request_larger_than_limit,429,REQUEST_LARGER_THAN_LIMIT",
        "expired,408,EXPIRED",
        "crashed_repeatedly,500,POISON",
        "delivered_too_often,500,DELIVERED_TOO_OFTEN",
        "duplicate,409,DUPLICATE",
        "piece_not_delivered,0,PIECE_NOT_DELIVERED",
        "unsupported_message_type,415,MESSAGE_WRONG",
        "http_418,418,REQUEST_WRONG",
        "model_not_found,404,NOT_FOUND",
        "http_529,529,OVERLOADED",
        "server_error,500,UPSTREAM_FAULT",
        "http_599,599,UPSTREAM_FAULT",
        "first_byte_timeout,0,FIRST_BYTE_TIMEOUT",
        "idle_timeout,0,IDLE_TIMEOUT",
        "connect_timeout,0,CONNECT_TIMEOUT",
        "truncated,200,TRUNCATED",
        "whatever,200,OTHER",
    })
    void tellsAFailureByItsCodeElseByItsStatus(String code, int status, Diagnosis diagnosis) {
        assertThat(Diagnosis.of(code, status)).isEqualTo(diagnosis);
    }

    @Test
    void noCodeAndNoStatusTellsTwo() {
        Set<Object> seen = new HashSet<>();
        for (Diagnosis diagnosis : Diagnosis.values()) {
            assertThat(diagnosis.codes()).allMatch(seen::add);
            assertThat(diagnosis.statuses()).allMatch(seen::add);
        }
    }

    @ParameterizedTest
    @EnumSource
    void saysEverythingInPlainWordsOnOneLine(Diagnosis diagnosis) {
        assertThat(diagnosis.happened()).isNotBlank().doesNotContain("\n").doesNotEndWith(".");
        assertThat(diagnosis.causes())
                .isNotEmpty()
                .allSatisfy(cause -> assertThat(cause).isNotBlank().doesNotContain("\n"));
        assertThat(diagnosis.nextStep()).isNotBlank().doesNotContain("\n").doesNotEndWith(".");
    }

    /** On failure, what the table must be is what the test prints. */
    @Test
    void theDocumentSaysTheSame() throws Exception {
        StringBuilder table = new StringBuilder(
                "| code or status | what happened | likely causes | next step |\n|---|---|---|---|\n");
        for (Diagnosis diagnosis : Diagnosis.values()) {
            String told = new TreeSet<>(diagnosis.codes())
                    .stream().map(code -> "`" + code + "`").collect(Collectors.joining(", "));
            String statuses = new TreeSet<>(diagnosis.statuses())
                    .stream().map(String::valueOf).collect(Collectors.joining(", "));
            String both = told + (told.isEmpty() || statuses.isEmpty() ? "" : ", ") + statuses;
            table.append("| %s | %s | %s | %s |\n"
                    .formatted(
                            both.isEmpty() ? "anything else" : both,
                            diagnosis.happened(),
                            String.join("; ", diagnosis.causes()),
                            diagnosis.nextStep()));
        }

        assertThat(Files.readString(Path.of("docs/failures.md"))).contains(table);
    }
}
