package dev.sluice;

import dev.sluice.call.Judge;
import dev.sluice.call.NetworkFailure;
import dev.sluice.split.AnswerStream;
import dev.sluice.split.Assemble;
import dev.sluice.split.Completeness;
import dev.sluice.split.PieceDelivered;
import dev.sluice.split.SplitPieces;
import dev.sluice.split.SplitSettings;
import dev.sluice.split.Unit;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;

/** What reads and splits streamed answers. */
final class StreamBeans {

    private StreamBeans() {}

    /** The beans by their names. */
    static Map<String, Object> from(
            Settings settings, Judge judge, NetworkFailure networkFailure, ScheduledExecutorService timer) {
        AnswerStream.Rules rules = new AnswerStream.Rules(
                judge,
                timer,
                settings.integer("upstream.max-event-bytes", 1, 1 << 30),
                settings.integer("upstream.max-answer-bytes", 1, 1 << 30),
                settings.choice("upstream.complete", Completeness.class));
        SplitSettings split = new SplitSettings(
                settings.choice("split.unit", Unit.class),
                settings.choice("split.restart", SplitSettings.Restart.class));
        return Map.of(
                "assemble", new Assemble(rules),
                "pieces", new SplitPieces(rules, split, networkFailure),
                "pieceDelivered", new PieceDelivered());
    }
}
