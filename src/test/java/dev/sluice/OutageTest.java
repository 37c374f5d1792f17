package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.SluiceException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as an upstream that is down, and which node asks it again; {@link LongOutageTest} tells what an outage costs. */
class OutageTest {
    private static final String DOWN = whole("503 Down", "{}");
    private static final String UP = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");

    @TempDir
    Path data;

    private RawUpstream upstream;

    @BeforeEach
    void start() throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
        upstream = new RawUpstream();
        upstream.answers(DOWN);
    }

    @AfterEach
    void stop() throws Exception {
        upstream.close();
    }

    @Test
    void nodesThatShareARedisTakeTurnsAtAsking() throws Exception {
        try (EmbeddedRedis redis =
                        EmbeddedRedis.start(data.resolve("redis"), reason -> {}).orElseThrow();
                Node one = node(data.resolve("one"), Map.of("outage.first-wait-ms", "1500", "redis.url", redis.url()));
                Node two =
                        node(data.resolve("two"), Map.of("outage.first-wait-ms", "1500", "redis.url", redis.url()))) {
            for (int i = 0; i < 20; i++) {
                one.drop(i + ".txt", "question");
                two.drop(i + ".txt", "question");
            }
            await().until(() -> Http.get(one.manage() + "/observe/metrics")
                            .body()
                            .contains("sluice_upstream_down 1.0")
                    && Http.get(two.manage() + "/observe/metrics").body().contains("sluice_upstream_down 1.0"));
            upstream.answers(DOWN);
            long begun = System.nanoTime();
            await().until(() -> upstream.requests().size() >= 2);

            long seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds();
            assertThat(upstream.requests().size()).isLessThanOrEqualTo((int) (2 + seconds));
            upstream.answers(UP);
            await().until(() -> Tree.files(data.resolve("one/done")).size() == 20
                    && Tree.files(data.resolve("two/done")).size() == 20);
        }
    }

    @Test
    void aRefusalOrAWrongMessageIsNoOutage() throws Exception {
        upstream.answers(whole("429 Slow\nretry-after-ms: 1", "{}"), whole("400 No", "{}"));
        try (Node node = node(data, Map.of("outage.after-failures", "2"))) {
            for (int i = 0; i < 5; i++) {
                node.drop(i + ".txt", "question");
            }
            await().until(() -> Files.exists(node.failed("4.txt")) && Files.exists(node.failed("0.txt")));
            assertThat(Http.get(node.manage() + "/observe/metrics").body()).contains("sluice_upstream_down 0.0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancelled", "deadline_exceeded"})
    void aTryThatEndsForItsClientIsNoSignOfLife(String how) throws Exception {
        try (Node node = node(data, Map.of("outage.after-failures", "2", "retry.max", "0"))) {
            send(node, Map.of()).get(60, TimeUnit.SECONDS);
            send(node, Map.of()).get(60, TimeUnit.SECONDS);
            assertThat(breaker(node).getState()).isEqualTo(State.OPEN);
            upstream.answers(""); // silence

            assertThat(tried(node, how).code()).isEqualTo(how);

            assertThat(breaker(node).getState()).isNotEqualTo(State.CLOSED);
            assertThat(Http.get(node.manage() + "/observe/metrics").body()).contains("sluice_upstream_down 1.0");
            upstream.answers(UP);
            await().until(() -> send(node, Map.of()).get(60, TimeUnit.SECONDS).getException() == null);
            assertThat(breaker(node).getState()).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void aClientThatGoesAwayDoesNotBeginTheCountAnew() throws Exception {
        try (Node node = node(data, Map.of("outage.after-failures", "2", "retry.max", "0"))) {
            send(node, Map.of()).get(60, TimeUnit.SECONDS);
            upstream.answers("");
            Cancellation cancellation = new Cancellation();
            CompletableFuture<Exchange> ended = send(node, Map.of(IntakeProperties.CANCEL, cancellation));
            await().until(() -> upstream.requests().size() == 1);
            cancellation.cancel();
            assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
            upstream.answers(DOWN);

            send(node, Map.of()).get(60, TimeUnit.SECONDS);

            assertThat(breaker(node).getState()).isEqualTo(State.OPEN);
        }
    }

    /** How the call ends that is let through to see whether the upstream is up, if its client has it end like this. */
    private SluiceException tried(Node node, String how) throws Exception {
        AtomicReference<CompletableFuture<Exchange>> last = new AtomicReference<>();
        Cancellation cancellation = new Cancellation();
        await().until(() -> {
            last.set(send(
                    node,
                    how.equals("cancelled")
                            ? Map.of(IntakeProperties.CANCEL, cancellation)
                            : Map.of(IntakeProperties.DEADLINE, Instant.now().plusSeconds(1))));
            await().until(() -> last.get().isDone() || !upstream.requests().isEmpty());
            return !upstream.requests().isEmpty();
        });
        if (how.equals("cancelled")) {
            cancellation.cancel();
        }
        return (SluiceException) last.get().get(60, TimeUnit.SECONDS).getException();
    }

    private static CompletableFuture<Exchange> send(Node node, Map<String, Object> properties) {
        return node.camel().createProducerTemplate().asyncSend("direct:pipeline", exchange -> {
            exchange.getMessage().setBody(CallTest.chat("m", "question", false));
            properties.forEach(exchange::setProperty);
        });
    }

    private static CircuitBreaker breaker(Node node) {
        return node.camel().getRegistry().lookupByNameAndType("upstreamBreaker", CircuitBreaker.class);
    }

    private Node node(Path folder, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "upstream.url", upstream.url(),
                "outage.after-failures", "5",
                "outage.first-wait-ms", "200",
                "outage.max-wait-ms", "1500",
                "retry.base-ms", "1000",
                "throttle.max-concurrent", "16"));
        all.putAll(settings);
        return Node.start(folder, all);
    }
}
