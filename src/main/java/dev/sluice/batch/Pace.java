package dev.sluice.batch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Speeds, over the last {@value #SECONDS} seconds. Not thread-safe. */
final class Pace {
    static final int SECONDS = 10;

    private final Usage usage;
    private final Deque<Sample> samples = new ArrayDeque<>();

    Pace(Usage usage) {
        this.usage = usage;
    }

    private record Sample(long nanos, long done, long calls, long tokens) {}

    /**
     * What can be told of a moment.
     *
     * @param limitUsed the share of the limit in use, of requests or tokens, whichever is used more; 1 is all of it
     * @param left until the end; empty while that cannot be told
     */
    record Speed(
            double linesPerSecond,
            double tokensPerSecond,
            double limitUsed,
            long tokens,
            long retries,
            Optional<Duration> left) {}

    /** @param nanos now, on the clock of the earlier calls */
    Speed at(long nanos, Counts counts) {
        Sample now = new Sample(
                nanos, counts.done(), usage.calls().getAsLong(), usage.tokens().getAsLong());
        samples.addLast(now);
        while (samples.size() > 2
                && nanos - samples.getFirst().nanos
                        > Duration.ofSeconds(SECONDS).toNanos()) {
            samples.removeFirst();
        }
        Sample then = samples.getFirst();
        double seconds = Math.max(1e-9, (now.nanos - then.nanos) / 1e9);
        double lines = (now.done - then.done) / seconds;
        double tokens = (now.tokens - then.tokens) / seconds;
        double calls = (now.calls - then.calls) / seconds;
        return new Speed(
                lines,
                tokens,
                Math.max(calls * 60 / usage.requestsPerMinute(), tokens * 60 / usage.tokensPerMinute()),
                now.tokens,
                usage.retries().getAsLong(),
                counts.total() < 0 || lines <= 0
                        ? Optional.empty()
                        : Optional.of(Duration.ofSeconds(Math.round((counts.total() - counts.done()) / lines))));
    }
}
