package dev.sluice.batch;

import java.time.Clock;

/**
 * What the parts of a batch that runs share.
 *
 * @param id unique to the run
 * @param output where lines end, and what earlier runs have done
 * @param feed the lines of the input that are to be done
 * @param window those in hand
 * @param parked those that came back, to be sent again
 * @param account what all have used
 * @param counts what has become of them
 * @param stop why no more are sent
 */
record BatchRun(
        String id,
        BatchSettings settings,
        Clock clock,
        BatchOutput output,
        Feed feed,
        Window window,
        Parked parked,
        Account account,
        LineCounts counts,
        StopReason stop) {

    static BatchRun of(Input input, BatchSettings settings, Places places, Clock clock, String id, BatchOutput output) {
        Window window = new Window(places, clock);
        return new BatchRun(
                id,
                settings,
                clock,
                output,
                new Feed(input, settings.maxLineBytes(), output.state()),
                window,
                new Parked(clock),
                new Account(
                        settings.bounds(),
                        settings.prices(),
                        settings.estimator(),
                        output.state().used()),
                new LineCounts(output.state()),
                new StopReason(input.files(), window));
    }

    Bounds bounds() {
        return settings.bounds();
    }

    boolean isStopping() {
        return !window.isOpen();
    }

    /** Whether the deadline has come. */
    boolean isLate() {
        return bounds().isPast(clock);
    }
}
