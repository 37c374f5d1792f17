package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorBodyTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":\"c\"}} | c | t | m",
                "{\"error\":{\"message\":\"m\",\"code\":502}}                             | 502 | `` | m",
                "[{\"error\":{\"message\":\"m\",\"code\":429,\"status\":\"X\"}}]           | 429 | `` | m",
                "{\"error\":\"plain words\"}                                            | `` | `` | plain words",
                "{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":40303}    | 40303 | t | m",
                "{\"error\":{\"message\":{\"nested\":1}}}                               | `` | `` | ``",
                "{\"message\":\"m\",\"code\":\"c\",\"type\":\"t\"}                        | c | t | m",
                "<html><body>502</body></html>                                         | `` | `` | ``",
                "{\"error\":                                                            | `` | `` | ``",
            })
    void understandsEveryFormThatIsSeen(String body, String code, String type, String message) {
        assertThat(ErrorBody.parse(body.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new ErrorBody(code, type, message));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a code                | insufficient_quota | t          | insufficient_quota",
                "a type                | ''                 | api_error  | api_error",
                "nothing               | ''                 | ''         | http_500",
                "words, maybe a key    | bad key sk-123     | api_error  | api_error",
                "a line end            | 'a request=1 ok'  | ''         | http_500",
            })
    void namesNothingButAShortWordAsCode(String what, String code, String type, String named) {
        assertThat(new ErrorBody(code, type, "").codeOr("http_500")).isEqualTo(named);
    }

    @Test
    void namesNoBookAsCode() {
        assertThat(new ErrorBody("x".repeat(65), "", "").codeOr("http_500")).isEqualTo("http_500");
    }
}
