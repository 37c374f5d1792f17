package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * Finds what a model says in words in the chunks of its answer, whichever endpoint it is of: {@code delta.content} and
 * {@code delta.refusal} of the choices of a chat, {@code text} of those of a text completion, and the
 * {@code response.output_text} and {@code response.refusal} events of a response, whose parts are one text after another.
 * Not thread-safe.
 */
final class Texts {
    static final String TEXT = "text";
    static final String REFUSAL = "refusal";

    /** What a delta says in words, and which text it is of. */
    private static final List<Map.Entry<String, String>> OF_A_DELTA =
            List.of(Map.entry("content", TEXT), Map.entry("refusal", REFUSAL));

    private static final int FIRST = 0;

    private final Listener listener;
    private boolean saidInParts;

    /** Who wants to know. */
    interface Listener {

        /**
         * More of a text.
         *
         * @param choice whose, from 0
         * @param field {@link #TEXT} or {@link #REFUSAL}
         * @param words never empty
         */
        void said(int choice, String field, String words);

        /** A text is at its end; what a choice says from here on is another one. */
        void ended(int choice);

        /** Why a choice has ended. */
        void finished(int choice, String reason);
    }

    Texts(Listener listener) {
        this.listener = listener;
    }

    void read(JsonNode chunk) {
        for (JsonNode choice : chunk.path("choices")) {
            readChoice(choice.path("index").asInt(FIRST), choice);
        }
        String type = chunk.path("type").asText();
        switch (type) {
            case "response.output_text.delta" -> sayPart(TEXT, chunk.path("delta"));
            case "response.refusal.delta" -> sayPart(REFUSAL, chunk.path("delta"));
            case "response.output_text.done", "response.refusal.done" -> listener.ended(FIRST);
            case "response.completed", "response.incomplete" -> readResponse(chunk.path("response"));
            default -> {}
        }
    }

    private void readChoice(int index, JsonNode choice) {
        say(index, TEXT, choice.path("text"));
        OF_A_DELTA.forEach(
                field -> say(index, field.getValue(), choice.path("delta").path(field.getKey())));
        JsonNode reason = choice.path("finish_reason");
        if (reason.isTextual()) {
            listener.ended(index);
            listener.finished(index, reason.textValue());
        }
    }

    /** The whole of it once more; of one that came whole, for the first time. */
    private void readResponse(JsonNode response) {
        if (!saidInParts) {
            for (JsonNode item : response.path("output")) {
                for (JsonNode part : item.path("content")) {
                    say(FIRST, TEXT, part.path("text"));
                    say(FIRST, REFUSAL, part.path("refusal"));
                    listener.ended(FIRST);
                }
            }
        }
        String status = response.path("status").asText();
        listener.finished(FIRST, response.at("/incomplete_details/reason").asText(status));
    }

    private void sayPart(String field, JsonNode words) {
        saidInParts = true;
        say(FIRST, field, words);
    }

    private void say(int choice, String field, JsonNode words) {
        if (words.isTextual() && !words.textValue().isEmpty()) {
            listener.said(choice, field, words.textValue());
        }
    }
}
