package dev.sluice.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * Writes JSON strings. A library would do, but for two things: a stream of small chunks around one fixed frame is
 * cheapest as text, and half a surrogate pair, which clients may well send, has to come back as it was.
 */
final class JsonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonText() {}

    /** Appends the text in quotes; {@code null} without. */
    static StringBuilder quote(StringBuilder out, @Nullable String text) {
        return text == null ? out.append("null") : quote(out, text, 0, text.length());
    }

    /** Appends a part of the text in quotes. */
    static StringBuilder quote(StringBuilder out, String text, int from, int to) {
        out.append('"');
        int plainFrom = from;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c != '"' && c != '\\' && !Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            out.append(text, plainFrom, i);
            escape(out, c);
            plainFrom = i + 1;
        }
        return out.append(text, plainFrom, to).append('"');
    }

    private static void escape(StringBuilder out, char c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default ->
                out.append("\\u")
                        .append(HEX[c >> 12])
                        .append(HEX[c >> 8 & 15])
                        .append(HEX[c >> 4 & 15])
                        .append(HEX[c & 15]);
        }
    }
}
