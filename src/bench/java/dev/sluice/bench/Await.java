package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Waiting with an end. */
final class Await {
    private static final Duration POLL = Duration.ofMillis(25);

    private Await() {}

    /** Whether what is waited for is there. */
    interface Check {
        boolean isThere() throws IOException;
    }

    /**
     * Looks every 25 ms until a check succeeds.
     *
     * @param what completes the sentence "waited … for"
     * @param children without which it cannot succeed
     * @throws BenchException after {@code atMost}, or as soon as a child has ended, with the children's last log lines
     */
    static void until(String what, Duration atMost, Check check, Child... children)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!check.isThere()) {
            for (Child child : children) {
                if (!child.isAlive()) {
                    throw gaveUp("%s ended while waited for: %s".formatted(child.name(), what), children);
                }
            }
            if (System.nanoTime() - start > atMost.toNanos()) {
                throw gaveUp("waited %d s for: %s".formatted(atMost.toSeconds(), what), children);
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    private static BenchException gaveUp(String why, Child... children) {
        return new BenchException(why
                + Stream.of(children)
                        .map(child -> "%n--- the last lines of %s%n%s".formatted(child.name(), child.lastLines()))
                        .collect(Collectors.joining()));
    }
}
