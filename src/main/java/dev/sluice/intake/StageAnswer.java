package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Writes the answer of a folder message aside, to be published when the exchange completes. */
public final class StageAnswer implements Processor {
    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Tally tally;

    public StageAnswer(FolderSettings folder, FolderWatch watch, Tally tally) {
        this.folder = folder;
        this.watch = watch;
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) {
        FolderMessage message = FolderMessage.of(exchange);
        try {
            message.endsWith(ending(exchange, message));
        } catch (IOException e) {
            message.cannotEnd(e);
        }
    }

    private FolderMessage.Ending ending(Exchange exchange, FolderMessage message) throws IOException {
        String id = Request.id(exchange);
        byte[] answer = Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer");
        Path output = folder.answerFor(message.name());
        byte[] content = folder.answer() == FolderSettings.Answer.JSON ? answer : text(answer);
        return new FolderMessage.Ending(
                watch.answers().stage(id, content, output),
                folder.done().resolve(message.name()),
                "request=%s answered file=%s answer=%s attempts=%d"
                        .formatted(
                                id,
                                FileNames.printable(message.name()),
                                FileNames.printable(output),
                                Request.attempts(exchange)),
                tally::answered);
    }

    private static byte[] text(byte[] answer) throws IOException {
        JsonNode content = ChatBody.JSON.readTree(answer).at("/choices/0/message/content");
        return (content.asText("") + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
