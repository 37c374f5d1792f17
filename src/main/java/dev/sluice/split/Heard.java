package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.admit.TokenEstimate;
import java.util.Set;

/**
 * How much of a streamed answer has come, for an attempt of which the upstream does not say what it used. Keeps the first
 * {@value #KEPT_CHARS} characters; what comes after them is taken to be like them: to count a long answer would take
 * longer than to pass it on. Not thread-safe.
 */
final class Heard {
    static final int KEPT_CHARS = 4 * 1024;

    /** Where the words of a model are in a chunk, in a delta of any depth; all else is not written by it. */
    private static final Set<String> WORDS =
            Set.of("content", "refusal", "reasoning_content", "reasoning", "name", "arguments", "text", "delta");

    private final StringBuilder kept = new StringBuilder();
    private long chars;

    /** Adds the words of a chunk of a chat or text completion, or of an event of a response. */
    void add(JsonNode chunk) {
        for (JsonNode choice : chunk.path("choices")) {
            words(choice);
        }
        if (chunk.path("delta").isTextual()) {
            keep(chunk.path("delta").textValue());
        }
    }

    /**
     * Estimate of the tokens that have come.
     *
     * @param request whose model wrote them
     */
    long tokens(JsonNode request) {
        return chars == 0
                ? 0
                : (long) Math.ceil((double) TokenEstimate.textTokens(request, kept.toString()) * chars / kept.length());
    }

    private void words(JsonNode part) {
        if (part.isArray()) {
            part.forEach(this::words);
            return;
        }
        part.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (!value.isTextual()) {
                words(value);
            } else if (WORDS.contains(field.getKey())) {
                keep(value.textValue());
            }
        });
    }

    private void keep(String words) {
        chars += words.length();
        if (kept.length() < KEPT_CHARS) {
            kept.append(words, 0, Math.min(words.length(), KEPT_CHARS - kept.length()));
        }
    }
}
