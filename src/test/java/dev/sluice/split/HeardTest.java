package dev.sluice.split;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.admit.TokenEstimate;
import java.io.IOException;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeardTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a delta          | {'choices':[{'index':0,'delta':{'role':'assistant','content':'Hello there'}}]}          | Hello there",
                "two choices      | {'choices':[{'delta':{'content':'Hello'}},{'index':1,'delta':{'content':' there'}}]}    | Hello there",
                "a refusal        | {'choices':[{'delta':{'content':null,'refusal':'No, sorry'}}]}                          | No, sorry",
                "thoughts         | {'choices':[{'delta':{'reasoning_content':'So then'}}]}                                 | So then",
                "a tool call      | {'choices':[{'delta':{'tool_calls':[{'id':'x','function':{'arguments':'some'}}]}}]}     | some",
                "a text           | {'choices':[{'text':'Once upon','finish_reason':null}]}                                 | Once upon",
                "of a response    | {'type':'response.output_text.delta','delta':'Once upon'}                               | Once upon",
                "nothing          | {'choices':[{'delta':{'role':'assistant'},'finish_reason':'stop'}]}                     | ``",
            })
    void countsTheWordsOf(String what, String chunk, String words) throws IOException {
        Heard heard = new Heard();

        heard.add(JSON.readTree(chunk.replace('\'', '"')));

        assertThat(heard.tokens(request())).isEqualTo(TokenEstimate.textTokens(request(), words));
    }

    @Test
    void takesALongAnswerToBeLikeItsBeginning() throws IOException {
        Heard heard = new Heard();
        String sentence = "The keeper of the lock opened the gates at dawn, as he had done for years. ";
        JsonNode chunk = JSON.readTree("{\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}".formatted(sentence));
        int times = 10 * Heard.KEPT_CHARS / sentence.length();

        for (int i = 0; i < times; i++) {
            heard.add(chunk);
        }

        assertThat(heard.tokens(request()))
                .isCloseTo(times * TokenEstimate.textTokens(request(), sentence), Percentage.withPercentage(10));
    }

    private static JsonNode request() throws IOException {
        return JSON.readTree("{\"model\":\"gpt-4o\"}");
    }
}
