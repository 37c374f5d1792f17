package dev.sluice.sandbox;

/** What a call asks for. */
enum Endpoint {
    /** {@code messages} to a message. */
    CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk"),
    /** {@code prompt} to a text. */
    COMPLETIONS("cmpl-", "text_completion", "text_completion"),
    /** {@code input} to a vector for each text. */
    EMBEDDINGS("embd-", "list", ""),
    /** {@code input} to a response of items. */
    RESPONSES("resp_", "response", "");

    private final String idPrefix;
    private final String object;
    private final String chunk;

    Endpoint(String idPrefix, String object, String chunk) {
        this.idPrefix = idPrefix;
        this.object = object;
        this.chunk = chunk;
    }

    String id(String suffix) {
        return idPrefix + suffix;
    }

    /** The {@code object} of an answer. */
    String object() {
        return object;
    }

    /** The {@code object} of a chunk. */
    String chunk() {
        return chunk;
    }
}
