package dev.sluice.call;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events from a stream of bytes, by the rules of the WHATWG HTML standard (§9.2.6): UTF-8, one leading
 * byte order mark dropped; lines end in LF, CR or CRLF, however the reads cut them; one space after the colon is
 * optional; several {@code data} lines join with LF; comments are ignored; an event without data is not dispatched.
 *
 * <p>One deviation, which {@link Event#terminated} marks: the standard drops a last block without a blank line after it;
 * here the caller decides, since some servers close the connection right after {@code data: [DONE]}.
 *
 * <p>Not thread-safe. Reads ahead by at most 8 KiB; of what it reads, only the name and the data of an event become
 * objects.
 */
public final class SseReader {
    private static final int LF = '\n';
    private static final int CR = '\r';

    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BYTE_ORDER_MARK = "\uFEFF".getBytes(StandardCharsets.UTF_8);

    private final InputStream in;
    private final int maxEventBytes;
    private final byte[] buffer = new byte[8192];
    private int position;
    private int limit;
    private boolean lastWasCr;
    private boolean first = true;
    private final Bytes partial = new Bytes();
    private final Bytes data = new Bytes();
    private byte[] line = buffer;
    private int start;
    private int end;

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
        boolean any = false;
        long bytes = 0;
        data.clear();
        while (readLine()) {
            if (start == end) {
                if (any) {
                    return new Event(name, data.text(), true);
                }
                name = ""; // does not leak into the next event
            } else if (isField(DATA)) {
                bytes += end - start; // as they came, names of fields too
                if (bytes > maxEventBytes) {
                    throw tooLong();
                }
                if (any) {
                    data.add(LF);
                }
                int value = valueStart(DATA);
                data.add(line, value, end);
                any = true;
            } else if (isField(EVENT)) {
                int value = valueStart(EVENT);
                name = new String(line, value, end - value, StandardCharsets.UTF_8);
            }
        }
        return any ? new Event(name, data.text(), false) : null;
    }

    private boolean isField(byte[] name) {
        int after = start + name.length;
        return after <= end
                && Arrays.equals(line, start, after, name, 0, name.length)
                && (after == end || line[after] == ':');
    }

    private int valueStart(byte[] name) {
        int colon = start + name.length;
        return Math.min(end, colon + (colon + 1 < end && line[colon + 1] == ' ' ? 2 : 1));
    }

    /** Finds the next line, without its end, from {@link #start} to {@link #end}; false at the end of the stream. */
    private boolean readLine() throws IOException {
        partial.clear();
        while (position < limit || fill()) {
            if (lastWasCr) {
                lastWasCr = false;
                if (buffer[position] == LF) {
                    position++;
                    continue;
                }
            }
            int from = position;
            int to = lineEnd(from);
            position = to;
            if (partial.length + to - from > maxEventBytes) {
                throw tooLong();
            }
            if (to < limit) {
                lastWasCr = buffer[position++] == CR;
                found(from, to);
                return true;
            }
            partial.add(buffer, from, to);
        }
        if (partial.length == 0) {
            return false;
        }
        found(limit, limit);
        return true;
    }

    private int lineEnd(int from) {
        byte[] bytes = buffer;
        int to = from;
        while (to < limit && bytes[to] != LF && bytes[to] != CR) {
            to++;
        }
        return to;
    }

    /** A line that lies in the buffer is left there. */
    private void found(int from, int to) {
        if (partial.length == 0) {
            line = buffer;
            start = from;
            end = to;
        } else {
            partial.add(buffer, from, to);
            line = partial.bytes;
            start = 0;
            end = partial.length;
        }
        int mark = start + BYTE_ORDER_MARK.length;
        if (first && mark <= end && Arrays.equals(line, start, mark, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
            start = mark;
        }
        first = false;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private EventTooLongException tooLong() {
        return new EventTooLongException("an event of the stream is longer than " + maxEventBytes + " bytes");
    }

    /** Bytes that are kept from read to read; what a rare large event took is given back. */
    private static final class Bytes {
        private static final int KEPT = 64 * 1024;

        private byte[] bytes = new byte[512];
        private int length;

        void clear() {
            length = 0;
            if (bytes.length > KEPT) {
                bytes = new byte[512];
            }
        }

        void add(int value) {
            grow(1);
            bytes[length++] = (byte) value;
        }

        void add(byte[] from, int start, int end) {
            grow(end - start);
            System.arraycopy(from, start, bytes, length, end - start);
            length += end - start;
        }

        String text() {
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }

        private void grow(int more) {
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
            }
        }
    }
}
