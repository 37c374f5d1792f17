package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatBodyTest {

    @ParameterizedTest(name = "{0} → {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                        | the body is an empty array",
                "\"text\"                                  | the body is a string",
                "{}                                        | model is missing",
                "{\"model\":3,\"messages\":[]}             | model is a number",
                "{\"model\":\" \",\"messages\":[]}         | model is a blank string",
                "{\"model\":\"m\"}                         | messages is missing",
                "{\"model\":\"m\",\"messages\":\"hi\"}     | messages is a string",
                "{\"model\":\"m\",\"messages\":[]}         | messages is an empty array",
                "{\"model\":\"m\",\"messages\":[\"hi\"]}   | messages[0] is a string",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{\"content\":\"x\"}]} | messages[1].role is missing",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}],\"stream\":\"yes\"} | stream is a string",
            })
    void namesTheFieldThatIsWrong(String body, String problem) {
        assertThatThrownBy(() -> ChatBody.parse(bytes(body)))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining(problem)
                .extracting("code")
                .isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"model\":\"m\"} trailing", "{'model':1}", "not json", "{\"a\":tru}", "\u0000"})
    void saysWhereJsonIsBroken(String body) {
        assertThatThrownBy(() -> ChatBody.parse(bytes(body)))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageMatching("not valid JSON: .* \\(line 1, column \\d+\\)")
                .extracting("code")
                .isEqualTo("invalid_json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AKIASECRETSECRET", "{\"a\":trueSECRET}", "{SECRET:1}", "{\"a\":1SECRET}", "{} SECRET"})
    void quotesNothingOfWhatIsBroken(String body) {
        assertThatThrownBy(() -> ChatBody.parse(bytes(body)))
                .isInstanceOf(InvalidMessageException.class)
                .message()
                .doesNotContain("SECRET", "KIA");
    }

    @Test
    void refusesWhatIsNestedTooDeep() {
        String deep = "[".repeat(100_000);

        assertThatThrownBy(() -> ChatBody.parse(bytes(deep)))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining("nesting depth");
    }

    @Test
    void letsEverythingElseBeTheUpstreamsToJudge() throws Exception {
        String body =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"alien\",\"content\":[{\"type\":\"x\"}]}],\"n\":-1,\"new\":{}}";

        assertThat(ChatBody.parse(bytes(body)).path("n").intValue()).isEqualTo(-1);
    }

    @Test
    void aPromptIsJustText() throws Exception {
        var body = ChatBody.ofPrompt("${body} {{key}} \"quoted\" \n 问", "m", "be brief");

        assertThat(body.at("/messages/0/content").textValue()).isEqualTo("be brief");
        assertThat(body.at("/messages/1/content").textValue()).isEqualTo("${body} {{key}} \"quoted\" \n 问");
        assertThat(ChatBody.parse(bytes(body.toString()))).isEqualTo(body);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
