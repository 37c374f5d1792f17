package dev.sluice.batch;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The lines of the input that are not done, in order: first those that earlier runs have left, then what they have not read.
 * Remembers which are in hand, so that it is known before which line all are done. One thread reads; the rest is
 * thread-safe.
 */
final class Feed implements Closeable {
    private final Input input;
    private final int maxLineBytes;
    private final Deque<Line> missed = new ArrayDeque<>();
    private final ConcurrentSkipListMap<Long, Mark> inHand = new ConcurrentSkipListMap<>();
    private @Nullable LineReader reader;
    private volatile Position read;
    private volatile Mark mark;

    Feed(Input input, int maxLineBytes, LedgerState known) {
        this.input = input;
        this.maxLineBytes = maxLineBytes;
        this.read = known.read();
        this.mark = known.prefix();
    }

    /** Reads what earlier runs have read, checks that it is what it was, and finds the lines in it that are not done. */
    void catchUp(LedgerState known) throws IOException, BatchRefusedException {
        LineReader lines = new LineReader(input.open(), maxLineBytes);
        reader = lines;
        boolean enough = lines.skipTo(known.prefix());
        while (enough && lines.position().bytes() < known.read().bytes()) {
            Line line = lines.next(number -> !known.isDone(number), known.read().bytes());
            if (line != null) {
                missed.add(line);
                inHand.put(line.number(), line.before());
            } else {
                enough = lines.position().bytes() >= known.read().bytes();
            }
        }
        if (!enough) {
            throw Ledger.changed(input.files(), "it has become shorter");
        }
        if (!lines.position().equals(known.read())) {
            throw Ledger.changed(
                    input.files(),
                    "the first %d bytes, which hold the %d lines that were read, are not the same"
                            .formatted(known.read().bytes(), known.read().lines()));
        }
        mark = lines.mark();
    }

    /** The next line that is not done; null at the end of the input. */
    @Nullable
    Line next() throws IOException {
        Line line = missed.poll();
        if (line == null && reader != null) {
            line = reader.next(number -> true);
            if (line != null) {
                inHand.put(line.number(), line.before());
            }
            read = reader.position();
            mark = reader.mark(); // after the line is in hand: see prefix
        }
        return line;
    }

    /** A line is done, and on disk. */
    void done(long number) {
        inHand.remove(number);
    }

    /** How far the input was read. */
    Position read() {
        return read;
    }

    /** Before which line all are done. */
    Mark prefix() {
        Mark soFar = mark; // before the question what is in hand: lines that come later lie behind
        Map.Entry<Long, Mark> first = inHand.firstEntry();
        return first == null || first.getValue().bytes() > soFar.bytes() ? soFar : first.getValue();
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
    }
}
