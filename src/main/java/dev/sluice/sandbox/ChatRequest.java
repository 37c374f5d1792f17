package dev.sluice.sandbox;

/**
 * What the sandbox goes by of a request.
 *
 * <p>A token is four characters here, of prompts and of answers.
 *
 * @param endpoint what it asks for
 * @param prompt the text of the last user message; empty if there is none
 * @param base64 whether vectors are wanted in base64
 * @param choices {@code n}, or how many vectors are wanted
 * @param maxTokens {@code max_completion_tokens}, else {@code max_tokens}, else 0 = none
 * @param promptTokens the text of all messages in tokens, rounded up, at least 1
 */
record ChatRequest(
        Endpoint endpoint,
        String model,
        String prompt,
        boolean stream,
        boolean includeUsage,
        boolean base64,
        int choices,
        long maxTokens,
        long promptTokens) {

    /** What an answer without {@code max_tokens} is taken for when a call is charged. */
    static final long USUAL_ANSWER_TOKENS = 16;

    private static final int CHARS_PER_TOKEN = 4;

    /** Tokens charged on admission, as OpenAI does: the prompt and the most that the answer may cost. */
    long charge() {
        if (endpoint == Endpoint.EMBEDDINGS) {
            return promptTokens;
        }
        return promptTokens + (maxTokens > 0 ? maxTokens : USUAL_ANSWER_TOKENS);
    }

    /** So many characters in tokens, rounded up. */
    static long tokens(long chars) {
        return (chars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }

    /** The most characters that so many tokens hold. */
    static long chars(long tokens) {
        return tokens * CHARS_PER_TOKEN;
    }
}
