package dev.sluice.admit;

import com.knuddels.jtokkit.api.Encoding;
import java.util.List;

/**
 * Counts the tokens of texts, in bounded time.
 *
 * <p>Up to {@value #EXACT_CHARS} characters in all, every one is counted. Beyond, windows of {@value #WINDOW_CHARS}
 * characters at even distances over all texts are counted, {@value #EXACT_CHARS} characters in sum, and the rest is
 * taken to be like them: within a few percent for prose and for code.
 */
record TokenCount(Encoding encoding) {
    static final int EXACT_CHARS = 200_000;
    static final int WINDOW_CHARS = 4_000;

    long of(List<String> texts) {
        long chars = texts.stream().mapToLong(String::length).sum();
        return chars <= EXACT_CHARS ? exact(texts) : sampled(texts, chars);
    }

    private long exact(List<String> texts) {
        return texts.stream().mapToLong(encoding::countTokensOrdinary).sum();
    }

    private long sampled(List<String> texts, long chars) {
        long distance = WINDOW_CHARS * chars / EXACT_CHARS;
        long next = 0;
        long passed = 0;
        long counted = 0;
        long tokens = 0;
        for (String text : texts) {
            for (; next < passed + text.length(); next += distance) {
                int from = (int) (next - passed);
                int to = Math.min(text.length(), from + WINDOW_CHARS);
                tokens += encoding.countTokensOrdinary(text.substring(from, to));
                counted += to - from;
            }
            passed += text.length();
        }
        return (long) Math.ceil((double) tokens * chars / counted);
    }
}
