package dev.sluice.batch;

import java.io.IOException;
import java.util.List;

/** Where ended lines go. Used by one thread. */
interface BatchOutput extends AutoCloseable {

    /** What earlier runs have done. */
    LedgerState state();

    /** Writes a group of lines; when it returns, none of them needs to be asked for again. */
    void write(List<Ended> group, Position read) throws IOException;

    @Override
    void close() throws IOException;
}
