package dev.sluice.intake;

import java.util.regex.Pattern;

/** Takes keys out of texts that others wrote before they reach a log or a record. */
public final class Secrets {
    private static final Pattern KEY_SHAPED = Pattern.compile("\\b(sk|pk|key)[-_][\\w*.-]{6,}|Bearer\\s+\\S{6,}");
    private static final int LONGEST = 400;

    private final String key;

    /** @param key the key in use, empty for none */
    public Secrets(String key) {
        this.key = key;
    }

    /** The text on one line, without keys, cut to a readable length. */
    public String redact(String text) {
        String known = key.isEmpty() ? text : text.replace(key, "***");
        String plain = KEY_SHAPED
                .matcher(known)
                .replaceAll("***")
                .replaceAll("\\s+|\\p{Cntrl}+", " ")
                .strip();
        return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST) + "…";
    }
}
