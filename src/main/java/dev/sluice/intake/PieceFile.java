package dev.sluice.intake;

import java.io.IOException;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/**
 * Writes a piece of the answer to a folder message into its {@link LiveFile}. If that cannot be written, the message
 * stays in the inbox and the intake pauses, as for an answer: the message would be called again and again.
 */
public final class PieceFile implements Processor {
    private final FolderSettings folder;

    public PieceFile(FolderSettings folder) {
        this.folder = folder;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        FolderMessage message = FolderMessage.of(exchange);
        Message piece = exchange.getMessage();
        try {
            LiveFile pieces = message.pieces(folder.outbox());
            pieces.add(Objects.requireNonNull(piece.getBody(String.class), "piece"));
            if (PieceHeaders.END.equals(piece.getHeader(PieceHeaders.KIND))) {
                pieces.complete();
            }
        } catch (IOException e) {
            message.cannotBeWritten(new IOException("the pieces of its answer cannot be written: " + e, e));
            throw e;
        }
    }
}
