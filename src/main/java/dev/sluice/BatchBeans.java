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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of batches: what their lines need always, and what runs them inside a server if it is to. */
final class BatchBeans {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    private final CamelContext camel;
    private final Settings settings;
    private final Clock clock;
    private final Supplier<String> ids;

    BatchBeans(CamelContext camel, Settings settings, Clock clock, Supplier<String> ids) {
        this.camel = camel;
        this.settings = settings;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * @param bind takes a bean by its name
     * @param onStopping takes what is to be done as soon as Sluice begins to stop
     * @param started takes what is to be closed after it has stopped
     */
    void bind(BiConsumer<String, Object> bind, Consumer<Runnable> onStopping, Consumer<AutoCloseable> started) {
        bind.accept("lineAnswer", new LineAnswer());
        bind.accept("lineFailure", new LineFailure());
        List<String> intakes = Intakes.chosen(settings.text("intakes"));
        if (!intakes.contains("batch") && !intakes.contains("rest")) {
            return;
        }
        BatchRunner runner = runner();
        onStopping.accept(runner::stop);
        started.accept(runner);
        if (intakes.contains("batch")) {
            BatchIntake intake = new BatchIntake(folder(), runner, Batches.inServer(settings), clock);
            bind.accept("batchIntake", intake);
            bind.accept("runBatch", intake.run());
            camel.getRegistry().bind("sluice-batch", new IntakeHealth("batch", intake::ready));
        }
        if (intakes.contains("rest")) {
            BatchApi api = new BatchApi(
                    settings.path("batch.api"),
                    runner,
                    Batches.inServer(settings),
                    settings.integer("batch.files-at-once", 1, 1000),
                    clock);
            bind.accept("batchApi", new ServeBatchApi(api));
            Beans.on(camel, CamelEvent.CamelContextStartedEvent.class, () -> resume(api));
        }
    }

    private static void resume(BatchApi api) {
        try {
            api.resume();
        } catch (IOException e) {
            LOG.error("batches cannot be resumed: {}; mend batch.api and start again", e.toString());
        }
    }

    private BatchRunner runner() {
        int places = Math.min(
                settings.integer("batch.max-concurrent", 1, 100_000),
                settings.integer("throttle.max-concurrent", 1, 100_000));
        return new BatchRunner(
                new Places(places),
                settings.path("batch.state"),
                settings.duration("batch.keep-status"),
                settings.duration("batch.try-again"),
                clock,
                ids,
                () -> new LineSender(camel));
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
