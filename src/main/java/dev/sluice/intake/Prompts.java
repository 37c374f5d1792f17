package dev.sluice.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * How plain text becomes a chat request.
 *
 * @param model the model that answers plain prompts ({@code folder.model})
 * @param systemPrompt the system message before each, empty for none ({@code folder.system-prompt})
 */
public record Prompts(String model, String systemPrompt) {
    public Prompts {
        Objects.requireNonNull(systemPrompt, "systemPrompt");
        if (model.isBlank()) {
            throw new IllegalArgumentException("folder.model must name a model, was blank");
        }
    }

    /** The chat body for a prompt, which asks for a stream, with the usage at its end. */
    public byte[] toStreamedChatBody(String prompt) throws InvalidMessageException {
        ObjectNode body = chatBody(prompt).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The chat body for a prompt. */
    public byte[] toChatBody(String prompt) throws InvalidMessageException {
        return chatBody(prompt).toString().getBytes(StandardCharsets.UTF_8);
    }

    private ObjectNode chatBody(String prompt) throws InvalidMessageException {
        if (prompt.isBlank()) {
            throw new InvalidMessageException("empty_message", "the message is empty; write a prompt into it");
        }
        return ChatBody.ofPrompt(prompt, model, systemPrompt);
    }

    /**
     * Text from bytes: UTF-8, with or without a byte order mark.
     *
     * @throws InvalidMessageException if the bytes are not text
     */
    public static String text(byte[] bytes) throws InvalidMessageException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                throw new InvalidMessageException("binary_message", "holds a NUL byte; only text can be a message");
            }
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InvalidMessageException(
                    "binary_message", "is not UTF-8 text; convert it to UTF-8, or remove it if it is not a message");
        }
    }
}
