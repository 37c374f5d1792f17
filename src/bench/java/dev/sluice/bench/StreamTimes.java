package dev.sluice.bench;

import java.util.Arrays;

/** When the pieces of streams came. Thread-safe. */
final class StreamTimes {
    private final double[] first;
    private final double[] later;
    private int firsts;
    private int laters;

    StreamTimes(int streams, int chunks) {
        first = new double[streams];
        later = new double[streams * chunks];
    }

    /** From the request to the first piece. */
    synchronized void first(long nanos) {
        first[firsts++] = nanos / 1e6;
    }

    /** From the moment when the upstream sent it to the moment when it was there. */
    synchronized void later(long nanos) {
        later[laters++] = nanos / 1e6;
    }

    /** As {@code name=value}, in milliseconds. */
    synchronized String figures(String who) {
        return "%1$s_first_p50=%2$.2f %1$s_first_p99=%3$.2f %1$s_later_p50=%4$.2f %1$s_later_p99=%5$.2f"
                .formatted(
                        who,
                        quantile(first, firsts, 0.5),
                        quantile(first, firsts, 0.99),
                        quantile(later, laters, 0.5),
                        quantile(later, laters, 0.99));
    }

    /** What is more than in other times, as {@code name=value}, in milliseconds. */
    synchronized String added(StreamTimes other) {
        return "added_first_p50=%.2f added_first_p99=%.2f added_later_p50=%.2f"
                .formatted(
                        quantile(first, firsts, 0.5) - quantile(other.first, other.firsts, 0.5),
                        quantile(first, firsts, 0.99) - quantile(other.first, other.firsts, 0.99),
                        quantile(later, laters, 0.5) - quantile(other.later, other.laters, 0.5));
    }

    private static double quantile(double[] values, int count, double q) {
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return count == 0 ? Double.NaN : sorted[(int) Math.min(count - 1, Math.floor(q * count))];
    }
}
