package dev.sluice.batch;

import java.util.BitSet;
import java.util.List;

/** What a ledger knows: which lines are done, and how much of the files is to be trusted. */
final class LedgerState {
    private final BitSet done = new BitSet();
    private final LongSet ids = new LongSet();
    private Position read = Position.START;
    private long outputBytes;
    private long errorBytes;
    private long answered;
    private long failed;

    boolean isDone(long number) {
        return done.get(Math.toIntExact(number));
    }

    /** Takes an id for a line; false if an earlier line has it. */
    boolean own(long id) {
        return ids.add(id);
    }

    /** How far the input was read when the last group was written: every line that is done lies before. */
    Position read() {
        return read;
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

    void apply(Position position, long outputs, long errors, List<LedgerRecord.Entry> entries) {
        read = position;
        outputBytes = outputs;
        errorBytes = errors;
        for (LedgerRecord.Entry entry : entries) {
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
