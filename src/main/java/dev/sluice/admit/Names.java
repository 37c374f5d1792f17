package dev.sluice.admit;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** Makes names of limits from text that came from outside, such as the name of a model. */
final class Names {
    static final int LONGEST = 128;

    private Names() {}

    /**
     * A word of at most {@value #LONGEST} letters, digits and {@code . _ - : / @ +}, which is safe in a key of Redis, in a
     * log line and as a metric's label. Other characters become underscores; a longer text is cut, and told from others that
     * begin alike by a checksum. Empty if the text has nothing but spaces.
     */
    static String word(String text) {
        String word = text.strip().replaceAll("[^A-Za-z0-9._:/@+-]", "_");
        if (word.length() <= LONGEST) {
            return word;
        }
        CRC32 checksum = new CRC32();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        return "%s_%08x".formatted(word.substring(0, LONGEST - 9), checksum.getValue());
    }
}
