package dev.sluice.intake;

import java.io.IOException;
import java.util.Locale;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * The folder intake's first step: message file to chat body. {@code .txt} and {@code .md} hold a prompt, {@code .json} a
 * chat body; any other kind is refused.
 */
public final class ReadMessage implements Processor {
    private final FolderSettings folder;
    private final Prompts prompts;

    public ReadMessage(FolderSettings folder, Prompts prompts) {
        this.folder = folder;
        this.prompts = prompts;
    }

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        FolderMessage message = FolderMessage.of(exchange);
        String name = message.name().getFileName().toString();
        int dot = name.lastIndexOf('.');
        String extension = dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
        exchange.getMessage()
                .setBody(
                        switch (extension) {
                            case ".txt", ".md" -> prompts.toChatBody(Prompts.text(read(message)));
                            case ".json" -> chatBody(read(message));
                            default ->
                                throw new InvalidMessageException(
                                        415,
                                        "unsupported_file_type",
                                        "a message is a .txt, .md or .json file, this one is '%s'; rename it, or keep it elsewhere"
                                                .formatted(extension));
                        });
    }

    private byte[] read(FolderMessage message) throws InvalidMessageException {
        try {
            byte[] bytes = FolderIntake.read(message, folder.maxBytes());
            if (bytes.length == 0) {
                throw new InvalidMessageException("empty_message", "the file is empty; write a prompt into it");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidMessageException("unreadable_file", "the file cannot be read: " + e);
        }
    }

    private static byte[] chatBody(byte[] bytes) throws InvalidMessageException {
        ChatBody.parse(bytes);
        return bytes;
    }
}
