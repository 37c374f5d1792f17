package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.WaitTimer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Many messages wait for their retry: they cost memory for themselves, and no threads. */
class WaitingTest {
    private static final Logger LOG = LoggerFactory.getLogger(WaitingTest.class);
    private static final int MESSAGES = Integer.getInteger("waiting.messages", 2000);
    private static final int AT_ONCE = 50;

    @TempDir
    Path data;

    @Test
    void whoWaitsHoldsNoThread() throws Exception {
        WaitTimer retries = new WaitTimer("retries");
        try (RawUpstream upstream = new RawUpstream();
                Node node = Node.start(
                        Path.of("routes"),
                        data,
                        Map.of(
                                "intakes", "",
                                "upstream.url", upstream.url(),
                                "throttle.max-concurrent", String.valueOf(MESSAGES + AT_ONCE)),
                        (routes, settings) ->
                                new Beans(routes, settings, java.time.Clock.systemUTC(), () -> retries, () -> 0.5));
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            upstream.answers(whole("503 Wait\nRetry-After: 59", "{}"));
            int threads = threads();
            long heap = heap();
            for (int sent = 0; sent < MESSAGES; sent += AT_ONCE) {
                int waiting = sent + AT_ONCE;
                for (int i = 0; i < AT_ONCE; i++) {
                    template.asyncSendBody("direct:pipeline", "question");
                }
                await().atMost(Duration.ofSeconds(50))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> retries.getQueue().size() >= Math.min(waiting, MESSAGES));
            }

            int more = threads() - threads - upstream.open();
            long kilobytes = (heap() - heap) / 1024 / MESSAGES;
            LOG.info("{} messages wait: {} threads more, {} KiB of heap each", MESSAGES, more, kilobytes);
            assertThat(more).isLessThan(3 * AT_ONCE);
            assertThat(kilobytes).isLessThan(30);
        }
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
