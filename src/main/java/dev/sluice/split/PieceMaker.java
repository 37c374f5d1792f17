package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the chunks of one attempt pieces, numbered as they are made. The text and the refusal of each choice are cut each
 * for itself. Not thread-safe.
 */
final class PieceMaker {

    /** What a delta says in words, and what a piece calls it. */
    private static final List<Map.Entry<String, String>> FIELDS =
            List.of(Map.entry("content", "text"), Map.entry("refusal", "refusal"));

    private final String requestId;
    private final int attempt;
    private final Unit unit;
    private final Consumer<Piece> pieces;
    private final Map<Integer, Choice> choices = new TreeMap<>();
    private JsonNode usage = MissingNode.getInstance();
    private int index;

    /** @param pieces is told each as it is made */
    PieceMaker(String requestId, int attempt, Unit unit, Consumer<Piece> pieces) {
        this.requestId = requestId;
        this.attempt = attempt;
        this.unit = unit;
        this.pieces = pieces;
    }

    void add(Chunks.Chunk chunk) {
        if (unit == Unit.EVENT) {
            make(Piece.Kind.PIECE, chunk.text());
        }
        usage = chunk.json().path("usage").isObject() ? chunk.json().path("usage") : usage;
        for (JsonNode part : chunk.json().path("choices")) {
            choices.computeIfAbsent(part.path("index").asInt(0), Choice::new).add(part);
        }
    }

    /** The attempt is complete. */
    void end() {
        choices.values().forEach(Choice::end);
        ObjectNode json = json(Piece.Kind.END);
        choices.values().stream()
                .map(choice -> choice.finishReason)
                .filter(reason -> !reason.isEmpty())
                .findFirst()
                .ifPresent(reason -> json.put("finishReason", reason));
        if (usage.isObject()) {
            json.set("usage", usage);
        }
        make(Piece.Kind.END, json.toString());
    }

    /** The attempt is given up: what is half made is forgotten. */
    void giveUp() {
        make(Piece.Kind.VOID, json(Piece.Kind.VOID).toString());
    }

    private ObjectNode json(Piece.Kind kind) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("requestId", requestId)
                .put("attempt", attempt)
                .put("index", index)
                .put("kind", kind.word);
    }

    private void make(Piece.Kind kind, String body) {
        pieces.accept(new Piece(requestId, attempt, index++, kind, body));
    }

    /** One of the answers. */
    private final class Choice {
        private final int number;
        private final @Nullable Cutter[] cutters = new @Nullable Cutter[FIELDS.size()];
        private String finishReason = "";

        Choice(int number) {
            this.number = number;
        }

        void add(JsonNode part) {
            for (int i = 0; unit != Unit.EVENT && i < cutters.length; i++) {
                JsonNode text = part.path("delta").path(FIELDS.get(i).getKey());
                if (text.isTextual() && !text.textValue().isEmpty()) {
                    String field = FIELDS.get(i).getValue();
                    cutter(i).add(text.textValue(), cut -> make(field, cut));
                }
            }
            if (part.path("finish_reason").isTextual()) {
                finishReason = part.path("finish_reason").textValue();
                end();
            }
        }

        /** What is left is a piece. */
        void end() {
            for (int i = 0; i < cutters.length; i++) {
                Cutter cutter = cutters[i];
                if (cutter != null) {
                    String field = FIELDS.get(i).getValue();
                    cutter.end(cut -> make(field, cut));
                }
            }
        }

        private Cutter cutter(int i) {
            Cutter cutter = cutters[i];
            if (cutter == null) {
                cutter = unit.cutter();
                cutters[i] = cutter;
            }
            return cutter;
        }

        private void make(String field, Cutter.Cut cut) {
            ObjectNode json = json(Piece.Kind.PIECE);
            if (number != 0) {
                json.put("choice", number);
            }
            json.put(field, cut.text());
            if (cut.at() != null) {
                json.put("at", cut.at()).set("value", cut.value());
            }
            PieceMaker.this.make(Piece.Kind.PIECE, json.toString());
        }
    }
}
