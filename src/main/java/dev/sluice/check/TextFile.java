package dev.sluice.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a file as UTF-8, strictly; a byte order mark is dropped. */
final class TextFile {
    private TextFile() {}

    /** The text, or empty after a finding that says why there is none. */
    static Optional<String> read(Path file, Findings findings) {
        try {
            return decode(file, Files.readAllBytes(file), findings);
        } catch (IOException e) {
            findings.add(new Finding(
                    Kind.PROBLEM,
                    file,
                    0,
                    0,
                    "cannot be read (" + e.getClass().getSimpleName() + ")",
                    "let the user who runs this read the file"));
            return Optional.empty();
        }
    }

    private static Optional<String> decode(Path file, byte[] bytes, Findings findings) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        out.flip();
        if (result.isError()) {
            int line = 1 + (int) out.chars().filter(c -> c == '\n').count();
            String wrong = "byte 0x%02X is not UTF-8".formatted(bytes[in.position()]);
            findings.add(new Finding(Kind.PROBLEM, file, line, 0, wrong, "save the file as UTF-8"));
            return Optional.empty();
        }
        String text = out.toString();
        return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
    }
}
