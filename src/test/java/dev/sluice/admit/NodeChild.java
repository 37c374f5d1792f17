package dev.sluice.admit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A node as a JVM of its own: callers that take permits of one limit for ever. Prints {@code due <µs since 1970>} for each
 * call, when it was due, and what the limiter logs.
 */
final class NodeChild {
    private static final int CALLERS = 40;
    private static final long CALL_MS = 20;

    private final FairLimiter limiter;
    private final WaitTimer timer;
    private final Limit limit;

    private NodeChild(FairLimiter limiter, WaitTimer timer, Limit limit) {
        this.limiter = limiter;
        this.timer = timer;
        this.limit = limit;
    }

    /** Arguments: the URL of Redis, the limit's key, requests a minute, how far its clock is ahead in seconds. */
    public static void main(String[] args) {
        Limit limit = Limit.perMinute(args[1], Long.parseLong(args[2]), 1_000_000_000);
        long skew = TimeUnit.SECONDS.toMicros(Long.parseLong(args[3]));
        LongSupplier monotonic = LocalLimiter.monotonicMicros();
        WaitTimer timer = new WaitTimer("slots");
        FallbackLimiter shared = new FallbackLimiter(
                limit,
                RedisLink.open(args[0]),
                () -> monotonic.getAsLong() + skew,
                task -> timer.schedule(task, 1, TimeUnit.SECONDS));
        FairLimiter fair =
                new FairLimiter(limit, shared, tenant -> 1, new NodePlaces(CALLERS), timer, System::nanoTime);
        NodeChild child = new NodeChild(fair, timer, limit);
        for (int i = 0; i < CALLERS; i++) {
            child.ask();
        }
    }

    /** Starts one. */
    static Process start(EmbeddedRedis redis, Limit limit, long skewSeconds, Path log) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NodeChild.class.getName(),
                redis.url(),
                limit.key(),
                Long.toString(limit.requestsPerMinute()),
                Long.toString(skewSeconds));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private void ask() {
        limiter.acquire(new Reservation(limit.key(), 1, 0)).thenAccept(this::sleep);
    }

    private void sleep(Permit permit) {
        long delay = permit.delay().toNanos();
        if (delay > Legs.of(delay)) {
            timer.schedule(
                    () -> limiter.renew(permit, java.time.Duration.ofNanos(delay - Legs.of(delay)))
                            .thenAccept(this::sleep),
                    Legs.of(delay),
                    TimeUnit.NANOSECONDS);
            return;
        }
        System.out.println("due " + (ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) + delay / 1_000));
        timer.schedule(() -> call(permit), delay + TimeUnit.MILLISECONDS.toNanos(CALL_MS), TimeUnit.NANOSECONDS);
    }

    private void call(Permit permit) {
        limiter.settle(permit, Settlement.used(1));
        ask();
    }
}
