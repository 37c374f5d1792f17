package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.SuspendableService;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a route takes messages again; that it pauses at all is in the tests of outages. */
class PauseWhileDownTest {
    private static final Duration WAIT = Duration.ofMillis(1);

    @TempDir
    Path inbox;

    private final HeldTimer timer = new HeldTimer();
    private final CountDownLatch taken = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final CamelContext camel = new DefaultCamelContext();

    @BeforeEach
    void patience() {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }

    @AfterEach
    void stop() {
        mayEnd.countDown();
        camel.stop();
        timer.shutdownNow();
    }

    @Test
    void pausesAgainWhenItIsTheTurnOfAnotherNodeToAsk() throws Exception {
        Outage outage = start(new NeverOurs());
        outage.breaker().transitionToOpenState();
        await().until(this::pauses);
        timer.due();
        assertThat(pauses()).as("while it is to bring the message that asks").isFalse();
        await().until(() -> Instant.now().isAfter(outage.downUntil().orElseThrow()));

        assertThatThrownBy(() -> outage.gate().process(new DefaultExchange(camel)))
                .isInstanceOf(UpstreamDownException.class);

        await().until(this::pauses);
        timer.due();
        assertThat(pauses()).isFalse();
    }

    @Test
    void takesNothingMoreOnceItStops() throws Exception {
        Outage outage = start(Outage.Turns.ALWAYS);
        Files.writeString(inbox.resolve("in-hand.txt"), "question");
        taken.await();
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(camel::stop);
        await().until(() -> camel.isStopping() && pauses());

        outage.breaker().transitionToOpenState();
        timer.due();
        assertThat(pauses()).isTrue();

        outage.breaker().transitionToClosedState();
        timer.submit(() -> {}).get();
        assertThat(pauses()).isTrue();

        mayEnd.countDown();
        stopped.get(60, TimeUnit.SECONDS);
    }

    private Outage start(Outage.Turns turns) throws Exception {
        Outage outage = new Outage(new Outage.Settings(1, WAIT, WAIT), turns, Clock.systemUTC());
        PauseWhileDown pause = new PauseWhileDown(outage, timer, Clock.systemUTC());
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("file:" + inbox + "?initialDelay=0&delay=20")
                        .routeId("intake")
                        .routePolicy(pause)
                        .process(exchange -> {
                            taken.countDown();
                            mayEnd.await();
                        });
            }
        });
        camel.start();
        assertThat(pauses()).isFalse();
        return outage;
    }

    private boolean pauses() {
        return camel.getRoute("intake").getConsumer() instanceof SuspendableService consumer && consumer.isSuspended();
    }

    /** What is for later waits until the test says that it is due. */
    private static final class HeldTimer extends ScheduledThreadPoolExecutor {
        private final BlockingQueue<Runnable> later = new LinkedBlockingQueue<>();

        HeldTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            if (delay > 0) {
                later.add(task);
            }
            return super.schedule(delay > 0 ? () -> {} : task, 0, unit);
        }

        void due() throws InterruptedException {
            later.take().run();
        }
    }

    /** Another node always asks. */
    private static final class NeverOurs implements Outage.Turns {
        @Override
        public boolean take(Duration howLong) {
            return false;
        }

        @Override
        public void giveBack() {}
    }
}
