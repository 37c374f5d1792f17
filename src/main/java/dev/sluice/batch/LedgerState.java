package dev.sluice.batch;

import java.util.BitSet;

/** What a ledger knows: which lines are done, and how much of the files is to be trusted. */
final class LedgerState {
    private final BitSet done = new BitSet();
    private final LongSet ids = new LongSet();
    private Position read = Position.START;
    private Mark prefix = Mark.START;
    private Use used = Use.NONE;
    private long outputBytes;
    private long errorBytes;
    private long answered;
    private long failed;

    boolean isDone(long number) {
        return done.get(Math.toIntExact(number));
    }

    /**
     * Takes an id for a line; false if an earlier line has it.
     *
     * @param lines how many lines there may be in all, so that room is made once for them; less than 1 if nobody knows
     */
    boolean own(long id, long lines) {
        ids.expect(lines);
        return ids.add(id);
    }

    /** How far the input was read when the last group was written: every line that is done lies before. */
    Position read() {
        return read;
    }

    /** Every line before it is done. */
    Mark prefix() {
        return prefix;
    }

    /** What all lines that are done have used. */
    Use used() {
        return used;
    }

    long outputBytes() {
        return outputBytes;
    }

    long errorBytes() {
        return errorBytes;
    }

    long answered() {
        return answered;
    }

    long failed() {
        return failed;
    }

    /** Makes room for the ids of so many lines at once. */
    void expect(long lines) {
        ids.expect(lines);
    }

    void apply(LedgerRecord record) {
        read = record.read();
        prefix = record.prefix();
        used = used.plus(record.use());
        outputBytes = record.outputBytes();
        errorBytes = record.errorBytes();
        for (LedgerRecord.Entry entry : record.entries()) {
            done.set(Math.toIntExact(entry.number()));
            if (entry.id() != 0) {
                ids.add(entry.id());
            }
            if (entry.failed()) {
                failed++;
            } else {
                answered++;
            }
        }
    }
}
