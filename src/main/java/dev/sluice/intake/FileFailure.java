package dev.sluice.intake;

import java.nio.file.Files;
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
    private final Clock clock;

    public FileFailure(FolderSettings folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) {
        FolderMessage message = FolderMessage.of(exchange);
        Exception failure = Objects.requireNonNull(
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed");
        FailureRecord error = FailureRecord.of(exchange, failure, clock.instant());
        if (error.retryable() && exchange.getContext().isStopping()) {
            message.staysBecause("");
            return;
        }
        Path name = free(message.name(), error.requestId());
        message.endsWith(new FolderMessage.Ending(
                Outcome.FAILED,
                error.toJson(),
                folder.errorFor(name),
                folder.failed().resolve(name),
                error.logFields()));
    }

    /** A name that no earlier failure is kept under. */
    private Path free(Path name, String requestId) {
        boolean taken = Files.exists(folder.failed().resolve(name)) || Files.exists(folder.errorFor(name));
        return taken ? FileNames.marked(name, requestId) : name;
    }
}
