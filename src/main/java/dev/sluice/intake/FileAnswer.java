package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Makes the chat completion the answer file of a folder message; it appears when the exchange completes. */
public final class FileAnswer implements Processor {
    private final FolderSettings folder;

    public FileAnswer(FolderSettings folder) {
        this.folder = folder;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        FolderMessage message = FolderMessage.of(exchange);
        byte[] answer = Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer");
        Optional<String> text = folder.answer() == FolderSettings.Answer.TEXT ? text(answer) : Optional.empty();
        message.endsWith(new FolderMessage.Ending(
                Outcome.ANSWERED,
                text.map(t -> (t + "\n").getBytes(StandardCharsets.UTF_8)).orElse(answer),
                folder.answerFor(
                        message.name(), text.isPresent() ? FolderSettings.Answer.TEXT : FolderSettings.Answer.JSON),
                folder.done().resolve(message.name()),
                "attempts=" + Request.attempts(exchange)));
    }

    /** The text of the first choice, if that is what it holds: not tool calls, a refusal, parts. */
    private static Optional<String> text(byte[] answer) throws IOException {
        JsonNode message = ChatBody.JSON.readTree(answer).at("/choices/0/message");
        JsonNode content = message.path("content");
        boolean all = content.isTextual()
                && !content.textValue().isEmpty()
                && message.path("tool_calls").isEmpty();
        return all ? Optional.of(content.textValue()) : Optional.empty();
    }
}
