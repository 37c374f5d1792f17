package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a failed message of any route in the failed folder: {@code <route id>/<request id>.json} (or {@code .txt} for a
 * plain prompt) beside its error record. Moved into the inbox, it is sent again.
 */
public final class KeepFailed implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(KeepFailed.class);

    private final FolderSettings folder;
    private final Tally tally;
    private final Clock clock;

    public KeepFailed(FolderSettings folder, Tally tally, Clock clock) {
        this.folder = folder;
        this.tally = tally;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        Exception failure = Objects.requireNonNull(
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed");
        FailureRecord error = FailureRecord.of(exchange, failure, clock.instant());
        byte[] request = request(exchange);
        String route = String.valueOf(exchange.getFromRouteId());
        Path kept = folder.failed().resolve(safe(route)).resolve(safe(error.requestId()) + extension(request));
        Files.createDirectories(kept.getParent());
        write(kept, request);
        write(folder.errorFor(folder.failed().relativize(kept)), error.toJson());
        tally.failed(route);
        LOG.info("request={} failed route={} kept={} {}", error.requestId(), route, kept, error.logFields());
    }

    /** As which it is taken when it comes again: as what it was the first time. */
    private static String extension(byte[] request) {
        try {
            return CheckRequest.isJson(Prompts.text(request)) ? ".json" : ".txt";
        } catch (InvalidMessageException e) {
            return ".txt"; // not text: neither of the two
        }
    }

    private static byte[] request(Exchange exchange) {
        byte[] checked = Request.bodyOf(exchange);
        byte[] body = checked == null ? exchange.getMessage().getBody(byte[].class) : checked;
        return body == null ? new byte[0] : body;
    }

    /** An id as a file name: ids can come from a message's source. */
    private static String safe(String id) {
        return id.replaceAll("[^\\p{L}\\p{N}._-]|^\\.+", "_");
    }

    private static void write(Path file, byte[] content) throws IOException {
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        Disk.write(part, content);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
