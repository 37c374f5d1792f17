package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Makes the chunks of one attempt pieces, numbered as they are made. Each of its texts is cut for itself. Not thread-safe.
 */
final class PieceMaker implements Texts.Listener {
    private final String requestId;
    private final int attempt;
    private final Unit unit;
    private final Consumer<Piece> pieces;
    private final Texts texts = new Texts(this);
    private final Map<Integer, Map<String, Cutter>> cutters = new TreeMap<>();
    private final Map<Integer, String> finishReasons = new TreeMap<>();
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
        texts.read(chunk.json());
        remember(chunk.json().path("usage"));
        remember(chunk.json().path("response").path("usage"));
    }

    /** The attempt is complete. */
    void end() {
        List.copyOf(cutters.keySet()).forEach(this::ended);
        ObjectNode json = json(Piece.Kind.END);
        finishReasons.values().stream().findFirst().ifPresent(reason -> json.put("finishReason", reason));
        if (usage.isObject()) {
            json.set("usage", usage);
        }
        make(Piece.Kind.END, json.toString());
    }

    /** The attempt is given up: what is half made is forgotten. */
    void giveUp() {
        make(Piece.Kind.VOID, json(Piece.Kind.VOID).toString());
    }

    @Override
    public void said(int choice, String field, String words) {
        if (unit != Unit.EVENT) {
            cutters.computeIfAbsent(choice, first -> new LinkedHashMap<>())
                    .computeIfAbsent(field, first -> unit.cutter())
                    .add(words, cut -> make(choice, field, cut));
        }
    }

    /** What is left is a piece. */
    @Override
    public void ended(int choice) {
        Map<String, Cutter> known = cutters.remove(choice);
        if (known != null) {
            known.forEach((field, cutter) -> cutter.end(cut -> make(choice, field, cut)));
        }
    }

    @Override
    public void finished(int choice, String reason) {
        finishReasons.put(choice, reason);
    }

    private void remember(JsonNode told) {
        usage = told.isObject() ? told : usage;
    }

    private void make(int choice, String field, Cutter.Cut cut) {
        ObjectNode json = json(Piece.Kind.PIECE);
        if (choice != 0) {
            json.put("choice", choice);
        }
        json.put(field, cut.text());
        if (cut.at() != null) {
            json.put("at", cut.at()).set("value", cut.value());
        }
        make(Piece.Kind.PIECE, json.toString());
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
}
