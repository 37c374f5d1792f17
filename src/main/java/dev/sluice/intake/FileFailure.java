package dev.sluice.intake;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Makes the reason of a failure the error record of a folder message; it appears when the exchange completes, and the
 * message is moved beside it, byte for byte. While Sluice stops, what could succeed later stays in the inbox instead.
 */
public final class FileFailure implements Processor {
    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Tally tally;
    private final Clock clock;

    public FileFailure(FolderSettings folder, FolderWatch watch, Tally tally, Clock clock) {
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
        Path kept = folder.failed().resolve(message.name());
        message.endsWith(new FolderMessage.Ending(
                watch.failures(),
                error.toJson(),
                folder.errorFor(message.name()),
                kept,
                "request=" + error.requestId() + " failed file=" + FileNames.printable(message.name()) + " kept="
                        + FileNames.printable(kept) + " " + error.logFields(),
                tally::failed));
    }
}
