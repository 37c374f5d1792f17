package dev.sluice.bench;

import java.util.concurrent.locks.LockSupport;

/**
 * So many streams at a time, so often.
 *
 * @param streams of a round
 * @param rounds one after another
 * @param chunks of a stream, the first at once
 * @param delayMs between two chunks
 * @param overMs the time over which the streams of a round begin; 0: all at once
 */
record StreamLoad(int streams, int rounds, int chunks, int delayMs, int overMs) {

    /** As the command line has it: {@code streams x rounds x chunks x ms between chunks x ms over which they begin}. */
    static StreamLoad parse(String text) {
        String[] parts = text.split("x", -1);
        return new StreamLoad(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                parts.length > 4 ? Integer.parseInt(parts[4]) : 0);
    }

    /** How long a round takes at least. */
    double idealSeconds() {
        return (overMs + (chunks - 1L) * delayMs) / 1e3;
    }

    /** Waits until a stream of a round is to begin. */
    void await(int stream, long roundNanos) {
        long due = roundNanos + overMs * 1_000_000L / streams * stream;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    StreamTimes times() {
        return new StreamTimes(streams * rounds, chunks);
    }

    /** What {@link StreamUpstream} is asked. */
    String body() {
        return "{\"model\":\"stream-%d-%d\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Go.\"}]}"
                .formatted(chunks, delayMs);
    }
}
