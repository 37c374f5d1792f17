package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChunksTest {

    @Property
    void piecesJoinToExactlyTheTextOfEachChoice(@ForAll @Size(min = 1, max = 4) List<String> texts) {
        List<String> data = new ArrayList<>();
        new Chunks(completion(texts), true).forEachRemaining(event -> data.addAll(Caller.data(event)));
        List<JsonNode> chunks =
                data.subList(0, data.size() - 1).stream().map(Caller::json).toList();

        assertThat(data.get(data.size() - 1)).isEqualTo("[DONE]");
        assertThat(IntStream.range(0, texts.size()).mapToObj(choice -> Caller.content(chunks, choice)))
                .isEqualTo(texts);
    }

    @Test
    void splitsAfterWordsAndNeverThroughASurrogatePair() {
        assertThat(pieces("Two words  and\n\nmore")).containsExactly("Two", " words", "  and", "\n\nmore");
        assertThat(pieces("x".repeat(23) + "😀y")).containsExactly("x".repeat(23) + "😀", "y");
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); from = Chunks.pieceEnd(text, from)) {
            pieces.add(text.substring(from, Chunks.pieceEnd(text, from)));
        }
        return pieces;
    }

    private static Completion completion(List<String> texts) {
        List<Completion.Choice> choices =
                texts.stream().map(text -> new Completion.Choice(text, "stop")).toList();
        return new Completion(Endpoint.CHAT, "chatcmpl-1", 1, "any", choices, 1);
    }
}
