package dev.sluice;

import dev.sluice.batch.BatchApi;
import dev.sluice.batch.BatchFolder;
import dev.sluice.batch.BatchIntake;
import dev.sluice.batch.BatchRunner;
import dev.sluice.batch.LineAnswer;
import dev.sluice.batch.LineFailure;
import dev.sluice.batch.LineSender;
import dev.sluice.batch.Places;
import dev.sluice.batch.ServeBatchApi;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of batches: what their lines need always, and what runs them inside a server if it is to. */
final class BatchBeans {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    private final Wiring to;
    private final Settings settings;
    private final Clock clock;

    BatchBeans(Wiring to) {
        this.to = to;
        this.settings = to.settings();
        this.clock = to.clock();
    }

    void bind() {
        to.bind("lineAnswer", new LineAnswer());
        to.bind("lineFailure", new LineFailure());
        List<String> intakes = Intakes.chosen(settings.text("intakes"));
        if (!intakes.contains("batch") && !intakes.contains("rest")) {
            return;
        }
        BatchRunner runner = runner();
        to.onStopping(runner::stop);
        to.closeAtEnd(runner);
        ProgressBeans.source(to.camel(), "batches", runner);
        if (intakes.contains("batch")) {
            BatchIntake intake = new BatchIntake(folder(), runner, Batches.inServer(settings), clock);
            to.bind("batchIntake", intake);
            to.bind("runBatch", intake.run());
            to.health("batch", new IntakeHealth("batch", intake::ready));
        }
        if (intakes.contains("rest")) {
            BatchApi api = new BatchApi(
                    settings.path("batch.api"),
                    runner,
                    Batches.inServer(settings),
                    settings.integer("batch.files-at-once", 1, 1000),
                    clock);
            to.bind("batchApi", new ServeBatchApi(api));
            to.onStarted(() -> resume(api));
        }
    }

    private static void resume(BatchApi api) {
        try {
            api.resume();
        } catch (IOException e) {
            LOG.error("batches cannot be resumed: {}; mend batch.api and start again", e.toString());
        }
    }

    /** How many lines are in hand at once; other nodes call for those that are dispatched. */
    private int places() {
        int atOnce = Dispatch.atOnce(settings);
        int lines = settings.integer("batch.max-concurrent", 1, 100_000);
        return Dispatch.isByQueue(settings) ? atOnce : Math.min(lines, atOnce);
    }

    private BatchRunner runner() {
        return new BatchRunner(
                new Places(places()),
                settings.path("batch.state"),
                settings.duration("batch.keep-status"),
                settings.duration("batch.try-again"),
                clock,
                to.ids(),
                () -> new LineSender(to.camel()));
    }

    private BatchFolder folder() {
        return new BatchFolder(
                settings.path("batch.inbox"),
                settings.path("batch.outbox"),
                settings.path("batch.done"),
                settings.path("batch.failed"),
                settings.millis("folder.quiet-ms", 0),
                settings.integer("batch.files-at-once", 1, 1000));
    }
}
