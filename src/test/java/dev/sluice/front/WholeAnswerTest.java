package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.call.AnswerJson;
import dev.sluice.intake.Api;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole answer as the events of a stream. */
class WholeAnswerTest {
    @ParameterizedTest
    @CsvSource({
        "completed,  response.completed",
        "incomplete, response.incomplete",
        "failed,     response.failed",
        "'',         response.completed"
    })
    void aResponseEndsAsItsStatusSays(String status, String type) throws Exception {
        JsonNode event = event(Api.RESPONSES, "{\"id\":\"r\",\"status\":\"" + status + "\"}");

        assertThat(event.path("type").asText()).isEqualTo(type);
        assertThat(event.at("/response/id").asText()).isEqualTo("r");
    }

    @Test
    void anAnswerMayBeLong() throws Exception {
        String text = "x".repeat(21_000_000);

        JsonNode event = event(Api.CHAT, "{\"choices\":[{\"message\":{\"content\":\"" + text + "\"}}]}");

        assertThat(event.at("/choices/0/delta/content").asText().equals(text)).isTrue();
    }

    private static JsonNode event(Api api, String answer) throws Exception {
        String events = WholeAnswer.asEvents(new Form(api, true, false), answer);
        return AnswerJson.parse(
                events.substring(events.indexOf("data: ") + "data: ".length()).strip());
    }
}
