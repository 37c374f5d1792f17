package dev.sluice.intake;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the reason of a failure the error record of a folder message; it appears when the exchange completes, and the
 * message is moved beside it, byte for byte. One that makes no sense to send before a moment is parked: it stays in the inbox
 * until then. While Sluice stops, what could succeed later stays in the inbox instead.
 */
public final class FileFailure implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(FileFailure.class);

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
        if (failure instanceof SluiceException e && e.retryAt().isPresent()) {
            park(exchange, message, e, e.retryAt().get());
            return;
        }
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

    private static void park(Exchange exchange, FolderMessage message, SluiceException why, Instant until) {
        message.staysUntil(until);
        if (why.isNews()) {
            LOG.info(
                    "request={} parked file={} until={} attempts={} status={} code={}: {}",
                    Request.id(exchange),
                    FileNames.printable(message.name()),
                    until,
                    Request.attempts(exchange),
                    why.status(),
                    why.code(),
                    why.getMessage());
        }
    }

    /** A name that no earlier failure is kept under. */
    private Path free(Path name, String requestId) {
        boolean taken = Files.exists(folder.failed().resolve(name)) || Files.exists(folder.errorFor(name));
        return taken ? FileNames.marked(name, requestId) : name;
    }
}
