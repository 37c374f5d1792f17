package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.intake.Sender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes and tenants who share a limit through a real Redis. */
class SharedFairnessTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Limit limit =
            new Limit("fair-" + UUID.randomUUID(), 6_000, 100_000_000, Duration.ofMillis(100), true);
    private final WaitTimer timer = new WaitTimer("fairness");
    private final Map<String, AtomicInteger> got = new ConcurrentHashMap<>();

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    @Test
    void twoNodesGetAboutTheSameAndTheirTenantsTheirWeights() {
        long before = TestRedis.scriptCalls();
        FairLimiter one = node();
        ask(one, "one", "gold", 1_000);
        ask(one, "one", "free", 1_000);
        await().atMost(LONG).until(() -> of("one") >= 50); // the other comes later, and has fewer
        got.clear();
        ask(node(), "other", "gold", 400);
        await().atMost(LONG).until(() -> of("one") + of("other") >= 400);

        assertThat(of("one")).isBetween(160, 240);
        assertThat(of("one/gold")).isBetween(3 * of("one/free") - 20, 3 * of("one/free") + 20);
        assertThat(TestRedis.scriptCalls() - before)
                .as("several permits in one round trip")
                .isLessThan(250);
    }

    @Test
    void moreNodesShareTooAndNobodysSlotsAreFarAhead() {
        List<Duration> ahead = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            FairLimiter node = node();
            for (int j = 0; j < 500; j++) {
                ask(node, "node " + i, "gold", 1, ahead);
            }
        }
        await().atMost(LONG)
                .until(() -> got.values().stream().mapToInt(AtomicInteger::get).sum() >= 2 * 400);

        for (int i = 0; i < 4; i++) {
            assertThat(of("node " + i)).isBetween(75, 125);
        }
        synchronized (ahead) {
            assertThat(ahead.stream().filter(delay -> delay.toMillis() > 500).count())
                    .isLessThan(ahead.size() / 20);
        }
    }

    private FairLimiter node() {
        return new FairLimiter(
                limit,
                new FallbackLimiter(limit, TestRedis.link()),
                tenant -> tenant.equals("gold") ? 3 : 1,
                new NodePlaces(100_000),
                timer,
                System::nanoTime);
    }

    private int of(String who) {
        AtomicInteger count = got.get(who);
        return count == null ? 0 : count.get();
    }

    private void ask(FairLimiter node, String name, String tenant, int count) {
        ask(node, name, tenant, count, new ArrayList<>());
    }

    private void ask(FairLimiter node, String name, String tenant, int count, List<Duration> ahead) {
        for (int i = 0; i < count; i++) {
            node.acquire(new Reservation(limit.key(), 1, 1, new Sender(tenant, Sender.USUAL)))
                    .thenAccept(permit -> {
                        synchronized (ahead) {
                            ahead.add(permit.delay());
                        }
                        got.computeIfAbsent(name, n -> new AtomicInteger()).incrementAndGet();
                        got.computeIfAbsent(name + "/" + tenant, n -> new AtomicInteger())
                                .incrementAndGet();
                    });
        }
    }
}
