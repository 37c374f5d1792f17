package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.WaitTimer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When requests that nobody waits for enter the routes. */
class FeedTest {
    private static final byte[] BODY = new byte[10];

    private final WaitTimer timer = new WaitTimer("minutes");
    private final BodyMemory memory = new BodyMemory(BODY.length);
    private final AtomicInteger reads = new AtomicInteger();
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final Feed feed = new Feed(10, memory, this::read, this::send, timer);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void howeverManyComeWhileMemoryIsFullItIsLookedForOnceInAMoment() throws Exception {
        memory.take(BODY.length);
        List<String> ids = IntStream.range(0, 50).mapToObj(Integer::toString).toList();

        ids.forEach(feed::add);
        timer.schedule(() -> {}, 0, TimeUnit.MILLISECONDS).get(1, TimeUnit.MINUTES);

        assertThat(timer.getQueue()).hasSizeLessThanOrEqualTo(1);
        assertThat(reads.get()).isLessThan(10);
        memory.giveBack(BODY.length);
        timer.hurry();
        await().atMost(Duration.ofMinutes(1)).until(() -> sent.size() == ids.size());
        assertThat(sent).isEqualTo(ids);
    }

    private Optional<StoredRequest> read(String id) {
        reads.incrementAndGet();
        return Optional.of(new StoredRequest(id, "/v1/chat/completions", "anybody", "", null, Instant.EPOCH, BODY));
    }

    private void send(StoredRequest request, Runnable afterwards) {
        sent.add(request.id());
        afterwards.run();
    }
}
