package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.IntakeProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that go away while their message is under way. */
class CancelTest {
    private static final Map<String, String> PATIENT = Map.of(
            "retry.base-ms",
            "60000",
            "upstream.connect-timeout-ms",
            "600000",
            "upstream.first-byte-timeout-ms",
            "600000",
            "upstream.idle-timeout-ms",
            "600000");

    private static final String ANSWER =
            RawUpstream.whole("200 OK", "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}");

    private static RawUpstream upstream;
    private static Node node;

    /** How far the upstream gets before it falls silent. */
    enum Until {
        NOTHING(""),
        PART_OF_THE_HEAD("HTTP/1.1 200 OK\nContent-Type: te"),
        THE_HEAD_OF_A_STREAM("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n"),
        PART_OF_A_STREAM("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 5000\n\n"
                + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"),
        PART_OF_AN_ANSWER("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 5000\n\n{\"choices\":["),
        PART_OF_AN_ERROR(
                "HTTP/1.1 503 Unavailable\nContent-Type: application/json\nContent-Length: 5000\n\n{\"error\":");

        private final String response;

        Until(String response) {
            this.response = response;
        }
    }

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        upstream = new RawUpstream();
        node = Node.start(data, settings(upstream.url()));
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        upstream.close();
    }

    @ParameterizedTest
    @EnumSource
    void endsTheCallOfAClientThatGoesAwayAfter(Until until) throws Exception {
        upstream.answers(until.response);
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Exchange> ended = send(node, cancellation);
        await().until(() -> upstream.requests().size() == 1);

        cancellation.cancel();

        assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
        await().until(() -> upstream.open() == 0);
        assertThat(inFlight(node)).isZero();
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void endsACallThatIsStillConnecting(@TempDir Path data) throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Node waiting = Node.start(data, settings("http://127.0.0.1:" + full.getLocalPort() + "/v1"))) {
            List<Socket> queue = fill(full);
            Cancellation cancellation = new Cancellation();
            CompletableFuture<Exchange> ended = send(waiting, cancellation);
            await().until(() -> inFlight(waiting) == 1);

            cancellation.cancel();

            assertThat(ended.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
            assertThat(inFlight(waiting)).isZero();
            for (Socket socket : queue) {
                socket.close();
            }
        }
    }

    @Test
    void endsTheWaitForATurn(@TempDir Path data) throws Exception {
        Map<String, String> settings = settings(upstream.url());
        settings.putAll(Map.of(
                "throttle.max-concurrent", "1",
                "throttle.requests-per-period", "2",
                "throttle.period-ms", "600000"));
        upstream.answers(Until.NOTHING.response, ANSWER);
        try (Node busy = Node.start(data, settings)) {
            Cancellation inHand = new Cancellation();
            CompletableFuture<Exchange> first = send(busy, inHand);
            await().until(() -> upstream.requests().size() == 1);

            endsOneThatWaitsIn(busy, Semaphore.class);
            inHand.cancel();
            assertThat(first.get(60, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
            assertThat(send(busy, new Cancellation()).get(60, TimeUnit.SECONDS).getException())
                    .as("one that comes into the place")
                    .isNull();
            endsOneThatWaitsIn(busy, DelayQueue.class);
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    /** Its thread goes on as if nothing had been. */
    private static void endsOneThatWaitsIn(Node busy, Class<?> what) throws Exception {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            Exchange ended = busy.camel().createProducerTemplate().send("direct:pipeline", message(cancellation));
            assertThat(ended.getException()).isInstanceOf(CancelledException.class);
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        thread.setUncaughtExceptionHandler((dead, failure) -> interrupted.completeExceptionally(failure));
        thread.start();
        await().until(() -> Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().startsWith(what.getName())));

        cancellation.cancel();

        assertThat(interrupted.get(60, TimeUnit.SECONDS)).isFalse();
    }

    /** Connects until the system lets nobody in any more. */
    private static List<Socket> fill(ServerSocket server) throws Exception {
        List<Socket> queue = new ArrayList<>();
        while (true) {
            Socket socket = new Socket();
            queue.add(socket);
            try {
                socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), 300);
            } catch (SocketTimeoutException e) {
                return queue;
            }
        }
    }

    private static CompletableFuture<Exchange> send(Node to, Cancellation cancellation) {
        return to.camel().createProducerTemplate().asyncSend("direct:pipeline", message(cancellation));
    }

    private static Processor message(Cancellation cancellation) {
        return exchange -> {
            exchange.getMessage().setBody(CallTest.chat("m", "q", true));
            exchange.setProperty(IntakeProperties.CANCEL, cancellation);
        };
    }

    private static double inFlight(Node of) throws Exception {
        return of.camel()
                .getRegistry()
                .findByType(MeterRegistry.class)
                .iterator()
                .next()
                .get("sluice.calls.in.flight")
                .gauge()
                .value();
    }

    private static Map<String, String> settings(String url) {
        Map<String, String> settings = new HashMap<>(PATIENT);
        settings.put("upstream.url", url);
        return settings;
    }
}
