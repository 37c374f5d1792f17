package dev.sluice.batch;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSONL file line by line, holding no more than one line of it. Lines end in LF or CRLF and in nothing else; the
 * last one may lack its end; a UTF-8 byte order mark is dropped; blank lines (spaces, tabs) are counted and skipped.
 * Keeps a checksum of every byte that was read.
 */
final class LineReader implements Closeable {
    private static final int BUFFER = 64 * 1024;
    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final CRC32 crc = new CRC32();
    private int next;
    private int end;
    private long bytes;
    private long number;
    private long lines;

    /** @param maxBytes the longest line that is kept; longer ones are {@link Line#tooLong} */
    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * The next line that is wanted.
     *
     * @param wanted by the number of the line; what is not wanted is read over quickly
     * @return null at the end of the file
     */
    @Nullable
    Line next(LongPredicate wanted) throws IOException {
        return next(wanted, Long.MAX_VALUE);
    }

    /** The same, but only among the lines that begin before {@code limit} bytes; null if there is none. */
    @Nullable
    Line next(LongPredicate wanted, long limit) throws IOException {
        while (bytes < limit && available()) {
            number++;
            Line line = read(wanted.test(number));
            if (line != null) {
                return line;
            }
        }
        return null;
    }

    /**
     * Reads over lines that are known, without looking for their ends; to be called before anything else.
     *
     * @return whether there was so much to read
     */
    boolean skipTo(Mark known) throws IOException {
        while (bytes < known.bytes() && available()) {
            consume((int) Math.min(end - next, known.bytes() - bytes));
        }
        number = known.number();
        lines = known.lines();
        return bytes == known.bytes();
    }

    /** How far it has read, to the end of the last line. */
    Position position() {
        return new Position(lines, bytes, crc.getValue());
    }

    /** The same place, as one to come back to. */
    Mark mark() {
        return new Mark(number, lines, bytes);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** One line to its end; null if it is blank or not to be kept. */
    private @Nullable Line read(boolean keep) throws IOException {
        kept.reset();
        Mark before = new Mark(number - 1, lines, bytes);
        long length = 0;
        boolean blank = true;
        boolean ended = false;
        while (!ended && available()) {
            int stop = next;
            while (stop < end && buffer[stop] != '\n') {
                stop++;
            }
            int part = stop - next;
            blank = blank && isBlank(next, stop);
            if (keep && length <= maxBytes) {
                kept.write(buffer, next, (int) Math.min(part, maxBytes + 2L - length));
            }
            length += part;
            ended = stop < end;
            consume(ended ? part + 1 : part);
        }
        if (blank) {
            return null;
        }
        lines++;
        return keep ? line(before, length) : null;
    }

    private Line line(Mark before, long length) {
        byte[] line = kept.toByteArray();
        long withoutEnd = length == line.length && line[line.length - 1] == '\r' ? length - 1 : length;
        return withoutEnd > maxBytes
                ? new Line(number, before, new byte[0], withoutEnd, true)
                : new Line(number, before, Arrays.copyOf(line, (int) withoutEnd), withoutEnd, false);
    }

    private boolean isBlank(int from, int to) {
        for (int i = from; i < to; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    private void consume(int count) {
        crc.update(buffer, next, count);
        next += count;
        bytes += count;
    }

    /** Whether there is a byte in the buffer, after filling it if need be. */
    private boolean available() throws IOException {
        if (next < end) {
            return true;
        }
        next = 0;
        end = Math.max(0, in.read(buffer));
        if (bytes == 0 && end > 0) {
            dropByteOrderMark();
        }
        return next < end || end > 0 && available();
    }

    private void dropByteOrderMark() throws IOException {
        while (end < BOM.length && buffer[end - 1] == BOM[end - 1]) {
            int more = in.read(buffer, end, BUFFER - end);
            if (more <= 0) {
                return;
            }
            end += more;
        }
        if (end >= BOM.length && Arrays.equals(buffer, 0, BOM.length, BOM, 0, BOM.length)) {
            consume(BOM.length);
        }
    }
}
