package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
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
    private final boolean streamed;

    /** @param streamed whether the answer to a prompt shall be streamed ({@code folder.pieces}) */
    public ReadMessage(FolderSettings folder, Prompts prompts, boolean streamed) {
        this.folder = folder;
        this.prompts = prompts;
        this.streamed = streamed;
    }

    @Override
    public void process(Exchange exchange) throws SluiceException {
        FolderMessage message = FolderMessage.of(exchange);
        message.requireHarmless();
        try {
            exchange.getMessage().setBody(chatBody(message));
        } catch (NoSuchFileException e) {
            leave(exchange, message, ""); // its sender took it back
        } catch (IOException e) {
            leave(exchange, message, "it cannot be read: " + e);
        }
    }

    private static void leave(Exchange exchange, FolderMessage message, String reason) {
        message.staysBecause(reason);
        exchange.setRouteStop(true);
    }

    private byte[] chatBody(FolderMessage message) throws IOException, InvalidMessageException {
        String name = message.name().getFileName().toString();
        int dot = name.lastIndexOf('.');
        String extension = dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
        return switch (extension) {
            case ".txt", ".md" -> prompt(Prompts.text(read(message)));
            case ".json" -> checked(read(message));
            default ->
                throw new InvalidMessageException(
                        415,
                        "unsupported_file_type",
                        "a message is a .txt, .md or .json file, this one is '%s'; rename it, or keep it elsewhere"
                                .formatted(extension));
        };
    }

    private byte[] prompt(String text) throws InvalidMessageException {
        return streamed ? prompts.toStreamedChatBody(text) : prompts.toChatBody(text);
    }

    private byte[] read(FolderMessage message) throws IOException, InvalidMessageException {
        byte[] bytes = FolderIntake.read(message, folder.maxBytes());
        if (bytes.length == 0) {
            throw new InvalidMessageException("empty_message", "the file is empty; write a prompt into it");
        }
        return bytes;
    }

    private static byte[] checked(byte[] bytes) throws InvalidMessageException {
        ChatBody.parse(bytes);
        return bytes;
    }
}
