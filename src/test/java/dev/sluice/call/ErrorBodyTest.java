package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
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
                "<html><body>502</body></html>                                         | `` | `` | ``",
                "{\"error\":                                                            | `` | `` | ``",
            })
    void understandsEveryFormThatIsSeen(String body, String code, String type, String message) {
        assertThat(ErrorBody.parse(body.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new ErrorBody(code, type, message));
    }
}
