package dev.sluice.intake;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** File names are text that others chose: any Unicode, spaces, {@code ${…}}, even line breaks. */
final class FileNames {

    /** The longest name that Linux, macOS and Windows file systems take, in bytes of UTF-8. */
    private static final int MAX_BYTES = 255;

    private static final int MAX_EXTENSION_BYTES = 32;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x80-\\x9f]");

    private FileNames() {}

    /** The same name with a suffix; a name that would become too long is cut and told apart by a checksum. */
    static Path withSuffix(Path file, String suffix) {
        String name = file.getFileName().toString();
        if (bytes(name) + suffix.length() <= MAX_BYTES) {
            return file.resolveSibling(name + suffix);
        }
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        String tail = "~" + HexFormat.of().toHexDigits((int) checksum.getValue()) + suffix;
        return file.resolveSibling(cut(name, MAX_BYTES - tail.length()) + tail);
    }

    /** The same name with a mark of a request before its extension, {@code a~1fa3c2d0.txt}: free, where it was not. */
    static Path marked(Path file, String requestId) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        boolean extended = dot > 0 && bytes(name.substring(dot)) <= MAX_EXTENSION_BYTES;
        String tail =
                "~" + requestId.substring(0, Math.min(8, requestId.length())) + (extended ? name.substring(dot) : "");
        String stem = extended ? name.substring(0, dot) : name;
        return file.resolveSibling(cut(stem, MAX_BYTES - bytes(tail)) + tail);
    }

    /** A name for a log line: without line breaks and other control characters. */
    static String printable(Object name) {
        String text = name.toString();
        return text.chars().anyMatch(Character::isISOControl)
                ? CONTROL.matcher(text).replaceAll("?")
                : text;
    }

    private static String cut(String name, int maxBytes) {
        int end = name.length();
        while (bytes(name.substring(0, end)) > maxBytes) {
            end = name.offsetByCodePoints(end, -1);
        }
        return name.substring(0, end);
    }

    private static int bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length;
    }
}
