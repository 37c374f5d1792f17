package dev.sluice.call;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events from a stream of bytes, by the rules of the WHATWG HTML standard (§9.2.6): UTF-8, one leading
 * byte order mark dropped; lines end in LF, CR or CRLF, however the reads cut them; one space after the colon is
 * optional; several {@code data} lines join with LF; comments are ignored; an event without data is not dispatched.
 *
 * <p>One deviation, which {@link Event#terminated} marks: the standard drops a last block without a blank line after it;
 * here the caller decides, since some servers close the connection right after {@code data: [DONE]}.
 *
 * <p>Not thread-safe. Reads ahead by at most 8 KiB.
 */
public final class SseReader {
    private static final int LF = '\n';
    private static final int CR = '\r';

    private final InputStream in;
    private final int maxEventBytes;
    private final byte[] buffer = new byte[8192];
    private int position;
    private int limit;
    private boolean lastWasCr;
    private boolean first = true;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);

    /**
     * One event.
     *
     * @param name the {@code event} field, empty if there was none
     * @param data the {@code data} lines, joined by LF
     * @param terminated whether a blank line ended it, as it should
     */
    public record Event(String name, String data, boolean terminated) {}

    /** An event is longer than its reader takes; another attempt would bring the same. */
    public static final class EventTooLongException extends IOException {
        EventTooLongException(String message) {
            super(message);
        }
    }

    /** @param maxEventBytes the longest event that is read, in bytes of its data lines; a longer one is an {@link EventTooLongException} */
    public SseReader(InputStream in, int maxEventBytes) {
        this.in = in;
        this.maxEventBytes = maxEventBytes;
    }

    /** The next event; null at the end of the stream. Blocks until it is there. */
    public @Nullable Event next() throws IOException {
        String name = "";
        StringBuilder data = null;
        long bytes = 0;
        while (true) {
            String field = readLine();
            if (field == null) {
                return data == null ? null : new Event(name, data.toString(), false);
            }
            if (field.isEmpty()) {
                if (data != null) {
                    return new Event(name, data.toString(), true);
                }
                name = ""; // does not leak into the next event
                continue;
            }
            int colon = field.indexOf(':');
            String key = colon < 0 ? field : field.substring(0, colon);
            String value = colon < 0 ? "" : field.substring(colon + (field.startsWith(" ", colon + 1) ? 2 : 1));
            if (key.equals("data")) {
                data = data == null
                        ? new StringBuilder(value)
                        : data.append('\n').append(value);
                bytes += line.size(); // as they came, names of fields too
                if (bytes > maxEventBytes) {
                    throw tooLong();
                }
            } else if (key.equals("event")) {
                name = value;
            }
        }
    }

    /** A line without its end; null at the end of the stream if nothing was left. */
    private @Nullable String readLine() throws IOException {
        line.reset();
        while (true) {
            if (position == limit && !fill()) {
                return line.size() == 0 ? null : text();
            }
            if (lastWasCr) {
                lastWasCr = false;
                if (buffer[position] == LF) {
                    position++;
                    continue;
                }
            }
            int start = position;
            while (position < limit && buffer[position] != LF && buffer[position] != CR) {
                position++;
            }
            line.write(buffer, start, position - start);
            if (line.size() > maxEventBytes) {
                throw tooLong();
            }
            if (position < limit) {
                lastWasCr = buffer[position++] == CR;
                return text();
            }
        }
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private String text() {
        String text = line.toString(StandardCharsets.UTF_8);
        boolean mark = first && text.startsWith("\uFEFF");
        first = false;
        return mark ? text.substring(1) : text;
    }

    private EventTooLongException tooLong() {
        return new EventTooLongException("an event of the stream is longer than " + maxEventBytes + " bytes");
    }
}
