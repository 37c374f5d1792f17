package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.InFlight.Bounds;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Places that nodes share through a real Redis. */
class InFlightTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Settlement GOOD = Settlement.used(1);
    private static final Settlement BAD = Settlement.overloaded();

    private final String key = "places-" + UUID.randomUUID();
    private final WaitTimer timer = new WaitTimer("places");

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    @Test
    void aCallThatComesAloneAsksNobody() {
        assertThat(node(TestRedis.link(), 100).take(() -> {})).isTrue();
    }

    @Test
    void asManyCallsAsThereArePlacesAreInFlightOverAllNodes() {
        InFlight one = node(TestRedis.link(), 20);
        InFlight other = node(TestRedis.link(), 20);
        int[] taken = new int[2];
        await().atMost(LONG).until(() -> {
            taken[0] += one.take(() -> {}) ? 1 : 0;
            taken[1] += other.take(() -> {}) ? 1 : 0;
            return taken[0] + taken[1] >= 20;
        });
        await().during(Duration.ofMillis(500)).atMost(LONG).until(() -> {
            taken[0] += one.take(() -> {}) ? 1 : 0;
            taken[1] += other.take(() -> {}) ? 1 : 0;
            return taken[0] + taken[1] <= 21; // each node has one in any case
        });
    }

    @Test
    void placesThatAreGivenBackAreTheOthers() {
        InFlight one = node(TestRedis.link(), 20);
        InFlight other = node(TestRedis.link(), 20);
        fill(one, 20);
        fill(other, 1);
        for (int i = 0; i < 20; i++) {
            one.giveBack(GOOD);
        }
        fill(other, 19);
    }

    @Test
    void callsThatFailByOverloadAreFewerFromThenOnForAllNodes() {
        InFlight one = node(TestRedis.link(), 100);
        InFlight other = node(TestRedis.link(), 100);
        fill(one, 40);
        fill(other, 1);
        for (int i = 0; i < 40; i++) {
            one.giveBack(i % 3 == 0 ? BAD : GOOD);
        }
        await().atMost(LONG).until(() -> one.most() <= 31 && other.most() <= 31);
    }

    @Test
    void placesThatRedisHasLostAreNotTakenForAnOverload() {
        try (LogLines log = new LogLines(InFlight.class)) {
            InFlight one = node(TestRedis.link(), 100);
            fill(one, 40);
            for (int i = 0; i < 40; i++) {
                one.giveBack(BAD);
            }
            fill(one, 1); // so that it goes on to report
            await().atMost(LONG).until(() -> one.most() <= 31);
            List<String> cut = List.copyOf(log.lines());
            TestRedis.keys().delete("sluice:{" + key + "}:places");
            await().atMost(LONG).until(() -> one.most() == 100);

            assertThat(cut).isNotEmpty();
            assertThat(log.lines()).isEqualTo(cut);
        }
    }

    @Test
    void aNodeThatIsAloneLearnsToo() {
        InFlight alone = node(null, 100);
        fill(alone, 40);
        for (int i = 0; i < 40; i++) {
            alone.giveBack(BAD);
            assertThat(alone.take(() -> {})).isTrue();
        }
        await().atMost(LONG).until(() -> alone.most() <= 30);
        assertThat(alone.take(() -> {})).isFalse();
    }

    @Test
    void whileRedisIsAwayANodeHasItsPartOfWhatThereWas() {
        try (RedisLink nowhere = RedisLink.open("redis://127.0.0.1:1")) {
            fill(node(nowhere, 50), 50);
        }
    }

    /** Takes so many places, as soon as they are there. */
    private static void fill(InFlight node, int count) {
        int[] taken = new int[1];
        await().atMost(LONG).until(() -> {
            while (taken[0] < count && node.take(() -> {})) {
                taken[0]++;
            }
            return taken[0] == count;
        });
    }

    private InFlight node(@Nullable RedisLink link, int max) {
        return new InFlight(key, new Bounds(4, max), link, new NodePlaces(100_000), timer, System::nanoTime);
    }
}
