package dev.sluice.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.AllowedModels;
import dev.sluice.intake.Api;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LineParserTest {
    private static final String BODY =
            "{\"model\":\"m\", \"x\":1.10, \"messages\":[{\"role\":\"user\",\"content\":\"\u00e9\"}]}";
    private static final String REST = "\"method\":\"POST\",\"url\":\"/v1/chat/completions\",";

    private final LineParser parser = new LineParser(1_000_000, null, Origin.HERE);

    @Test
    void theBodyIsCutOutByteForByte() {
        ParsedLine line = parse("{\"body\": " + BODY + " ,\"more\":[{}]," + REST + "\"custom_id\":\"a/../${b}\"}");

        assertThat(line.fault()).isNull();
        assertThat(line.customId()).isEqualTo("a/../${b}");
        assertThat(text(line)).isEqualTo(BODY);
    }

    @Test
    void aCookbookLineIsTheBodyItself() {
        ParsedLine line = parse(BODY);

        assertThat(line.customId()).isNull();
        assertThat(line.metadata()).isNull();
        assertThat(text(line)).isEqualTo(BODY);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            CHAT,        "messages":[{"role":"user"}]
            EMBEDDINGS,  "input":"embed me"
            EMBEDDINGS,  `"input":["a","b"]`
            COMPLETIONS, "prompt":"go on"
            """)
    void aCookbookLineAsksTheEndpointThatItsPromptIsFor(Api api, String prompt) {
        String body = "{\"model\":\"m\"," + prompt + "}";

        ParsedLine line = parse(body);

        assertThat(line.fault()).isNull();
        assertThat(line.api()).isEqualTo(api);
        assertThat(text(line)).isEqualTo(body);
    }

    @Test
    void metadataOfACookbookLineIsKeptAndNotSent() {
        ParsedLine line = parse("{\"metadata\":{\"row\":7},\"model\":\"m\",\"messages\":[],\"temperature\":0.50}");

        assertThat(line.metadata()).hasToString("{\"row\":7}");
        assertThat(text(line)).isEqualTo("{\"model\":\"m\",\"messages\":[],\"temperature\":0.50}");
    }

    @Test
    void aCookbookLineAsksTheEndpointOfItsBatchIfThatHasOne() {
        LineParser responses = new LineParser(1000, null, new Origin(Api.RESPONSES, "", AllowedModels.ALL));

        ParsedLine line = responses.parse(line("{\"model\":\"m\",\"input\":\"a\",\"metadata\":{\"row_id\":1}}"));

        assertThat(line.api()).isEqualTo(Api.RESPONSES);
        assertThat(line.metadata()).hasToString("{\"row_id\":1}");
        assertThat(text(line)).isEqualTo("{\"model\":\"m\",\"input\":\"a\"}");
        assertThat(responses
                        .parse(line("{\"custom_id\":\"a\"," + REST + "\"body\":{}}"))
                        .fault())
                .hasMessageContaining("/v1/responses");
    }

    @Test
    void whatIsSaidOfBrokenJsonDoesNotQuoteIt() {
        assertThat(parse("{\"a\": sk-secret}").fault()).isNotNull().hasMessageNotContaining("secret");
    }

    @Test
    void anotherModelIsAskedWhateverTheLineSays() {
        LineParser other = new LineParser(1000, "other", Origin.HERE);

        assertThat(text(other.parse(line(BODY))))
                .contains("\"model\":\"other\"", "1.10")
                .doesNotContain("\"m\"");
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("not JSON", "nope", "invalid_json_line", null),
                Arguments.of("an array", "[1]", "invalid_json_line", null),
                Arguments.of("a brace alone", "{", "invalid_json_line", null),
                Arguments.of("cut off", "{\"custom_id\":\"a\",\"body\":{", "invalid_json_line", "a"),
                Arguments.of("two objects", "{\"custom_id\":\"a\"}{}", "invalid_json_line", "a"),
                Arguments.of("UTF-16", "{\0\"\0}\0", "invalid_json_line", null),
                Arguments.of(
                        "100,000 levels deep",
                        "{\"custom_id\":\"a\",\"body\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
                        "invalid_json_line",
                        "a"),
                Arguments.of("no prompt", "{\"model\":\"m\"}", "missing_required_parameter", null),
                Arguments.of("an empty object", "{}", "missing_required_parameter", null),
                Arguments.of("no custom_id", "{" + REST + "\"body\":{}}", "missing_required_parameter", null),
                Arguments.of("a number as id", "{\"custom_id\":7," + REST + "\"body\":{}}", "invalid_custom_id", null),
                Arguments.of("an empty id", "{\"custom_id\":\"\"," + REST + "\"body\":{}}", "invalid_custom_id", null),
                Arguments.of("no body", "{\"custom_id\":\"a\"," + REST + "\"x\":1}", "missing_required_parameter", "a"),
                Arguments.of(
                        "a body of text",
                        "{\"custom_id\":\"a\"," + REST + "\"body\":\"x\"}",
                        "invalid_request_error",
                        "a"),
                Arguments.of(
                        "GET",
                        "{\"custom_id\":\"a\",\"method\":\"GET\",\"url\":\"/v1/chat/completions\",\"body\":{}}",
                        "invalid_method",
                        "a"),
                Arguments.of(
                        "a host in the url",
                        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"http://h/v1/chat/completions\",\"body\":{}}",
                        "invalid_url",
                        "a"),
                Arguments.of(
                        "another endpoint",
                        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/images/generations\",\"body\":{}}",
                        "invalid_url",
                        "a"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void aMalformedLineSaysWhatIsWrong(String name, String text, String code, String customId) {
        ParsedLine line = parse(text);

        assertThat(line.fault()).isNotNull();
        assertThat(line.fault().code()).isEqualTo(code);
        assertThat(line.customId()).isEqualTo(customId);
    }

    @Test
    void aLineThatIsTooLongNamesTheLimit() {
        ParsedLine line = parser.parse(new Line(1, Mark.START, new byte[0], 2_000_000, true));

        assertThat(line.fault()).isNotNull();
        assertThat(line.fault().code()).isEqualTo("line_too_long");
        assertThat(line.fault()).hasMessageContaining("2000000").hasMessageContaining("batch.max-line-bytes=1000000");
    }

    private ParsedLine parse(String text) {
        return parser.parse(line(text));
    }

    private static Line line(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return new Line(1, Mark.START, bytes, bytes.length, false);
    }

    private static String text(ParsedLine line) {
        return new String(line.body(), UTF_8);
    }
}
