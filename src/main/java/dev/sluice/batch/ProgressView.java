package dev.sluice.batch;

/** How progress is shown: to a person on a terminal, in a log, or to a program. */
interface ProgressView extends AutoCloseable {

    void show(Counts counts, Pace.Speed speed);

    /** Nothing more is shown. */
    @Override
    void close();
}
