package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.SluiceException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stream of which the upstream does not say what it used: what came of it counts, and not what it might have used. */
class BrokenStreamTest {
    private static final String STREAM = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n";
    private static final String CUT = STREAM + "Connection: close\nContent-Length: 500000\n\n";
    private static final String STALLED = STREAM + "Content-Length: 500000\n\n";
    private static final String END =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    private static final String WHOLE = STREAM + "Connection: close\n\n" + text("Hello") + END;
    private static final String OVERLOADED = RawUpstream.whole("503 Service Unavailable", "{\"error\":{}}");

    private static RawUpstream upstream;
    private static Node node;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
        upstream = new RawUpstream();
        node = Node.start(
                data,
                Map.of(
                        "upstream.url", upstream.url(),
                        "upstream.idle-timeout-ms", "1500",
                        "limit.key", "${exchangeProperty.SluiceModel}",
                        "limit.tokens-per-minute", "60000",
                        "limit.adaptive-factor", "0",
                        "retry.max", "0"));
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        upstream.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "cut       |    1 |    0 | 20000",
                "cut-long  | 6000 | 1000 | 20000",
                "stalled   |    1 |    0 | 20000",
                "cancelled |    1 |    0 | 20000",
                "complete  | 6000 | 1000 | 20000"
            })
    void theNextWaitsForWhatWasUsed(String how, int words, int atLeastMs, int atMostMs) throws Exception {
        String begin = text("word " + "and ".repeat(words - 1));
        String head = how.equals("complete") ? STREAM + "Connection: close\n\n" : how.startsWith("cut") ? CUT : STALLED;
        upstream.answers(head + begin + (how.equals("complete") ? END : ""), WHOLE);
        Cancellation cancellation = new Cancellation();

        CompletableFuture<Exchange> broken = send(how, cancellation);
        if (how.equals("cancelled")) {
            await().until(() -> upstream.answered() == 1);
            cancellation.cancel();
        }
        Exception failure = broken.get(60, TimeUnit.SECONDS).getException();
        if (how.equals("complete")) {
            assertThat(failure).isNull();
        } else {
            assertThat(failure).isInstanceOf(SluiceException.class);
        }
        Exchange next = send(how, new Cancellation()).get(90, TimeUnit.SECONDS);

        assertThat(next.getException()).isNull();
        assertThat(next.getMessage().getHeader("SluiceWaitMs", Long.class))
                .isBetween((long) atLeastMs, (long) atMostMs);
    }

    @Test
    void aClientThatGoesAwayEndsTheWaitForARetry(@TempDir Path data) throws Exception {
        try (Node patient =
                Node.start(data, Map.of("upstream.url", upstream.url(), "retry.max", "2", "retry.base-ms", "60000"))) {
            upstream.answers(OVERLOADED);
            Cancellation cancellation = new Cancellation();
            CompletableFuture<Exchange> ended = send(patient, "m", cancellation);
            await().until(() -> retriesWaiting(patient) == 1);

            cancellation.cancel();

            assertThat(ended.get(20, TimeUnit.SECONDS).getException()).isInstanceOf(CancelledException.class);
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    private static int retriesWaiting(Node of) {
        return of.camel()
                .getRegistry()
                .lookupByNameAndType("retryTimer", WaitTimer.class)
                .getQueue()
                .size();
    }

    private static CompletableFuture<Exchange> send(String model, Cancellation cancellation) {
        return send(node, model, cancellation);
    }

    private static CompletableFuture<Exchange> send(Node to, String model, Cancellation cancellation) {
        return to.camel().createProducerTemplate().asyncSend("direct:pipeline", exchange -> {
            exchange.getMessage()
                    .setBody(
                            "{\"model\":\"%s\",\"stream\":true,\"max_tokens\":55000,\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}"
                                    .formatted(model));
            exchange.setProperty(IntakeProperties.CANCEL, cancellation);
        });
    }

    private static String text(String words) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(words);
    }
}
