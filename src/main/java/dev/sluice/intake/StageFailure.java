package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Writes the error record of a folder message aside, to be published when the exchange completes; the message itself is
 * then moved beside it, byte for byte. While Sluice stops, what could succeed later stays in the inbox instead.
 */
public final class StageFailure implements Processor {
    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Tally tally;
    private final Clock clock;

    public StageFailure(FolderSettings folder, FolderWatch watch, Tally tally, Clock clock) {
        this.folder = folder;
        this.watch = watch;
        this.tally = tally;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) {
        FolderMessage message = FolderMessage.of(exchange);
        Exception failure = Objects.requireNonNull(
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed");
        FailureRecord error = FailureRecord.of(exchange, failure, clock.instant());
        if (error.retryable() && exchange.getContext().isStopping()) {
            return;
        }
        try {
            message.endsWith(ending(message, error));
        } catch (IOException e) {
            message.cannotEnd(e);
        }
    }

    private FolderMessage.Ending ending(FolderMessage message, FailureRecord error) throws IOException {
        Path kept = folder.failed().resolve(message.name());
        return new FolderMessage.Ending(
                watch.failures().stage(error.requestId(), error.toJson(), folder.errorFor(message.name())),
                kept,
                "request=%s failed file=%s kept=%s %s"
                        .formatted(
                                error.requestId(),
                                FileNames.printable(message.name()),
                                FileNames.printable(kept),
                                error.logFields()),
                tally::failed);
    }
}
