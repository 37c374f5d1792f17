package dev.sluice.call;

import dev.sluice.intake.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.camel.Exchange;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bearer key of the upstream ({@code upstream.api-key}): one that stays, or {@code file:PATH}, a token in a file that
 * somebody else renews before it expires. The file is read anew when it has changed, and when the upstream refuses the token:
 * if there is another one by then, the call may be made again, once. While the file cannot be read, the last token counts.
 * Thread-safe.
 */
public final class UpstreamKey {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamKey.class);

    /** Property of an exchange: the token that its call has shown. */
    private static final String SHOWN = "SluiceUpstreamKey";

    private static final String UNFIT = "holds a character that no header may hold; it must be one line of plain ASCII";

    private final @Nullable Path file;
    private volatile Token token;
    private volatile Token before;
    private boolean unreadable;

    /** A key at a time. Not a record: it must not print what it holds. */
    private static final class Token {
        private final String text;
        private final FileTime written;

        private Token(String text, FileTime written) {
            this.text = text;
            this.written = written;
        }
    }

    private UpstreamKey(@Nullable Path file, Token token) {
        this.file = file;
        this.token = token;
        this.before = token;
    }

    /**
     * @param key that stays; empty for none
     * @throws IllegalArgumentException if no header can hold it; the message does not show it
     */
    public static UpstreamKey of(String key) {
        if (!fitsAHeader(key.strip())) {
            throw new IllegalArgumentException("the key " + UNFIT);
        }
        return new UpstreamKey(null, new Token(key.strip(), FileTime.fromMillis(0)));
    }

    /**
     * @param file that holds a token, and somebody renews it
     * @throws IOException if it cannot be read, is empty, or holds what no header can
     */
    public static UpstreamKey inFile(Path file) throws IOException {
        return new UpstreamKey(file, read(file));
    }

    /** What calls show now; empty for none. */
    public String text() {
        return now().text;
    }

    /** A text of others, without this key, nor the one before it. */
    public String redact(String text) {
        String old = before.text; // first: what redacts also cuts, and half a key is not found
        return new Secrets(token.text).redact(old.isEmpty() ? text : text.replace(old, "***"));
    }

    /** Adds it to a call. */
    void show(HttpRequest call, @Nullable Exchange exchange) {
        Token now = now();
        if (!now.text.isEmpty()) {
            call.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + now.text);
        }
        if (file != null && exchange != null) {
            exchange.setProperty(SHOWN, now);
        }
    }

    /** Whether there is another key than the one that the last call of an exchange has shown. */
    boolean isRenewedSinceTheCall(Exchange exchange) {
        if (file == null || !(exchange.getProperty(SHOWN) instanceof Token shown)) {
            return false;
        }
        readAgain(file);
        return !token.text.equals(shown.text);
    }

    private Token now() {
        if (file != null && !token.written.equals(written(file))) {
            readAgain(file);
        }
        return token;
    }

    private FileTime written(Path path) {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException e) {
            return token.written; // it is being replaced
        }
    }

    private synchronized void readAgain(Path path) {
        try {
            Token read = read(path);
            if (!read.text.equals(token.text)) {
                before = token;
                LOG.info("upstream key renewed file={}", path);
            }
            token = read;
            unreadable = false;
        } catch (IOException e) {
            if (!unreadable) {
                LOG.warn("upstream key cannot be read again, the last one stays: {}", e.toString());
            }
            unreadable = true;
        }
    }

    private static boolean fitsAHeader(String key) {
        return key.chars().allMatch(letter -> letter >= ' ' && letter <= '~');
    }

    private static Token read(Path path) throws IOException {
        FileTime written = Files.getLastModifiedTime(path); // before: what is written meanwhile is read once more
        String text = Files.readString(path).strip();
        if (text.isEmpty()) {
            throw new IOException(path + " is empty");
        }
        if (!fitsAHeader(text)) {
            throw new IOException(path + " " + UNFIT);
        }
        return new Token(text, written);
    }
}
