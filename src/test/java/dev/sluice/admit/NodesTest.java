package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four nodes as processes on one real Redis, and what may happen to them and to it: docs/limiter.md states the bounds that
 * are asserted here. A frozen Redis stays so for 2 s; {@code -Dsluice.frozen-seconds=10} for longer.
 */
@DisabledOnOs(OS.WINDOWS)
class NodesTest {
    private static final int NODES = 4;
    private static final int RATE = 100; // a second
    private static final double LOCAL_SHARE = 0.8;
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration FROZEN = Duration.ofSeconds(Integer.getInteger("sluice.frozen-seconds", 2));

    /** Until the second late answer, and until the next try after Redis is back. */
    private static final double NOTICED_AFTER = 3;

    /** An answer of Redis may be late by 250 ms, and its calls with it; those of other nodes are not. */
    private static final double JITTER = 0.3;

    private final Limit limit = Limit.perMinute("nodes-" + UUID.randomUUID(), 60 * RATE, 1_000_000_000);
    private final List<Process> nodes = new ArrayList<>();
    private final Path folder;
    private EmbeddedRedis redis;

    NodesTest(@TempDir Path folder) {
        this.folder = folder;
        this.redis = TestRedis.start(folder.resolve("redis"));
    }

    @AfterEach
    void endAll() {
        nodes.forEach(Process::destroyForcibly);
        redis.close();
    }

    @Test
    void keepTheLimitWhateverHappensToThemAndToRedis() throws Exception {
        for (int i = 0; i < NODES; i++) {
            nodes.add(NodeChild.start(redis, limit, i == 0 ? 3_600 : 0, log(i)));
        }
        await().atMost(LONG).until(() -> LongStream.range(0, NODES)
                .allMatch(i -> due((int) i).size() > 20));

        long begin = now();
        letPass(2);
        RedisLink link = RedisLink.open(redis.url());
        await().atMost(LONG).until(() -> link.client().isPresent());
        link.client().orElseThrow().getScript().scriptFlush();
        link.close();
        letPass(2);
        within("a node whose clock is an hour ahead, and SCRIPT FLUSH", begin, 1);
        eachNodeHasItsPart(begin);

        nodes.get(1).destroyForcibly().waitFor();
        long killed = now();
        letPass(2);
        within("a node was killed with its permits", killed, 1);
        assertThat(grants(killed, now())).as("the others go on").isGreaterThan(RATE);

        signal("-STOP");
        long frozen = now();
        letPass(FROZEN.toSeconds());
        signal("-CONT");
        allAreBack(1);
        within("Redis was frozen", frozen, (NODES - 1) * LOCAL_SHARE);
        long thawed = now();
        letPass(2);
        within("Redis goes on", thawed, 1);

        int port = redis.port();
        redis.close();
        long stopped = now();
        letPass(2);
        redis = EmbeddedRedis.start(folder.resolve("redis"), port, reason -> {}).orElseThrow();
        allAreBack(2);
        within("Redis was restarted empty", stopped, (NODES - 1) * LOCAL_SHARE);
        long restarted = now();
        letPass(2);
        within("the empty Redis goes on", restarted, 1);
        assertThat(grants(begin, now())).as("nothing stands still").isGreaterThan((int)
                (0.4 * RATE * (now() - begin) / 1e6));
    }

    /** All grants since, in whatever stretch of time: a burst, what the rate gives, and what the bound adds to it. */
    private void within(String what, long since, double timesTheRate) {
        List<Long> all = allDue().stream()
                .filter(due -> due >= since && due < now())
                .sorted()
                .toList();
        double burst = limit.burstRequests() + 1 + RATE * JITTER + (timesTheRate > 1 ? RATE * NOTICED_AFTER : 0);
        for (int i = 0; i < all.size(); i++) {
            for (int j = i; j < all.size(); j++) {
                double seconds = (all.get(j) - all.get(i)) / 1e6;
                assertThat((double) (j - i + 1))
                        .as("%s: calls in %.3f s", what, seconds)
                        .isLessThanOrEqualTo(burst + RATE * Math.max(1, timesTheRate) * seconds);
            }
        }
    }

    private void eachNodeHasItsPart(long since) {
        for (int i = 0; i < NODES; i++) {
            long part = due(i).stream().filter(due -> due >= since).count();
            assertThat(part).as("calls of node %d", i).isGreaterThan(grants(since, now()) / (3L * NODES));
        }
    }

    private void allAreBack(int changes) {
        await().atMost(LONG).until(() -> {
            for (int i = 0; i < NODES; i++) {
                if (nodes.get(i).isAlive() && logged(i).split("limiter mode=redis", -1).length - 1 < changes) {
                    return false;
                }
            }
            return true;
        });
    }

    private int grants(long from, long to) {
        return (int) allDue().stream().filter(due -> due >= from && due < to).count();
    }

    private List<Long> allDue() {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            all.addAll(due(i));
        }
        return all;
    }

    /** When the calls of a node were due; the last line may not be whole. */
    private List<Long> due(int node) {
        String written = logged(node);
        return written.substring(0, written.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith("due "))
                .map(line -> Long.parseLong(line.substring(4)))
                .toList();
    }

    private String logged(int node) {
        try {
            return Files.readString(log(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(int node) {
        return folder.resolve("node-" + node + ".log");
    }

    /** A time in which the nodes go on calling. */
    private static void letPass(long seconds) {
        long until = now() + TimeUnit.SECONDS.toMicros(seconds);
        await().atMost(LONG).until(() -> now() >= until);
    }

    private static long now() {
        return System.currentTimeMillis() * 1_000;
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", name, Long.toString(redis.pid())).start().waitFor();
    }
}
