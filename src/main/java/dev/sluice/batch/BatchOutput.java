package dev.sluice.batch;

import java.io.IOException;
import java.util.List;

/** Where ended lines go. Used by one thread. */
interface BatchOutput extends AutoCloseable {

    /** What earlier runs have done. */
    LedgerState state();

    /** The same whenever the batch is opened. */
    String id();

    /**
     * Writes a group of lines; when it returns, none of them needs to be asked for again.
     *
     * @param read how far the input was read: to the end of the last of them, or beyond
     * @param prefix every line before it is in this group or was in an earlier one
     */
    void write(List<Ended> group, Position read, Mark prefix) throws IOException;

    @Override
    void close() throws IOException;
}
