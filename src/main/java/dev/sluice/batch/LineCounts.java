package dev.sluice.batch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what becomes of the lines of a batch. Thread-safe. */
final class LineCounts {
    static final String ANSWERED = "answered";
    private static final long UNKNOWN = -1;

    private final long resumed;
    private final AtomicLong answered;
    private final AtomicLong failed;
    private final Map<String, Long> byCode = new ConcurrentHashMap<>();
    private volatile long total = UNKNOWN;

    /** @param earlier what earlier runs have done */
    LineCounts(LedgerState earlier) {
        this.answered = new AtomicLong(earlier.answered());
        this.failed = new AtomicLong(earlier.failed());
        this.resumed = earlier.answered() + earlier.failed();
    }

    /** A line has come to its end: {@link #ANSWERED}, or the code of its error. */
    void ended(String code) {
        byCode.merge(code, 1L, Long::sum);
    }

    /** It is on disk. */
    void written(Ended line) {
        (line.failed() ? failed : answered).incrementAndGet();
    }

    /** How many lines there are, blank ones apart. */
    void total(long lines) {
        total = lines;
    }

    /** -1 while they are not counted yet. */
    long total() {
        return total;
    }

    Counts now() {
        return new Counts(total, resumed, answered.get(), failed.get(), byCode);
    }
}
