package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Makes the chat completion the answer file of a folder message; it appears when the exchange completes. */
public final class FileAnswer implements Processor {
    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Tally tally;

    public FileAnswer(FolderSettings folder, FolderWatch watch, Tally tally) {
        this.folder = folder;
        this.watch = watch;
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        FolderMessage message = FolderMessage.of(exchange);
        byte[] answer = Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer");
        Path output = folder.answerFor(message.name());
        message.endsWith(new FolderMessage.Ending(
                watch.answers(),
                folder.answer() == FolderSettings.Answer.JSON ? answer : text(answer),
                output,
                folder.done().resolve(message.name()),
                "request=" + Request.id(exchange) + " answered file=" + FileNames.printable(message.name()) + " answer="
                        + FileNames.printable(output) + " attempts=" + Request.attempts(exchange),
                tally::answered));
    }

    private static byte[] text(byte[] answer) throws IOException {
        JsonNode content = ChatBody.JSON.readTree(answer).at("/choices/0/message/content");
        return (content.asText("") + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
