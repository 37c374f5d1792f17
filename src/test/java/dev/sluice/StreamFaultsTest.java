package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that break at random points: nothing is left over, and nothing that is not whole is taken for an answer. */
class StreamFaultsTest {
    /** 10,000 with {@code -Dsluice.streams=10000}. */
    private static final int STREAMS = Integer.getInteger("sluice.streams", 200);

    private static final int AT_ONCE = 40;
    private static final String TEXT = "One sentence. Another one! 第三句。 The end?";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, List<String>> kinds = new ConcurrentHashMap<>();
    private final Queue<Exchange> ended = new ConcurrentLinkedQueue<>();

    @Test
    void whateverBreaksNothingLeaksAndNoPartIsTakenForAnAnswer(@TempDir Path data) throws Exception {
        Map<String, String> settings = Map.of(
                "retry.max", "0",
                "throttle.max-concurrent", String.valueOf(AT_ONCE),
                "outage.after-failures", "0",
                "upstream.first-byte-timeout-ms", "1000",
                "upstream.idle-timeout-ms", "500");
        try (FaultyUpstream upstream = new FaultyUpstream(events(), 11);
                Node node = Node.start(data, with(settings, "upstream.url", upstream.url()))) {
            node.camel().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:collect").errorHandler(noErrorHandler()).process(StreamFaultsTest.this::take);
                }
            });
            send(node, AT_ONCE); // so that what is kept for good is there
            await().atMost(Duration.ofMinutes(1)).until(() -> upstream.open() == 0);
            long files = openFiles();

            send(node, STREAMS);

            await().atMost(Duration.ofMinutes(1)).until(() -> upstream.open() == 0);
            assertThat(ended).hasSize(STREAMS + AT_ONCE).allSatisfy(this::isWholeOrNothing);
            assertThat(ended).anySatisfy(each -> assertThat(each.getException()).isNull());
            assertThat(node.camel()
                            .getRegistry()
                            .findByType(MeterRegistry.class)
                            .iterator()
                            .next()
                            .get("sluice.calls.in.flight")
                            .gauge()
                            .value())
                    .isZero();
            assertThat(callThreads()).isLessThanOrEqualTo(AT_ONCE + 32);
            assertThat(openFiles()).isLessThan(files + AT_ONCE / 2);
        }
    }

    private void isWholeOrNothing(Exchange exchange) throws Exception {
        List<String> sent = kinds.getOrDefault(Request.id(exchange), List.of());
        if (exchange.getException() == null) {
            assertThat(JSON.readTree(exchange.getMessage().getBody(byte[].class))
                            .at("/choices/0/message/content")
                            .asText())
                    .isEqualTo(TEXT);
            assertThat(sent).endsWith("end").hasSizeGreaterThan(1);
        } else {
            assertThat(exchange.getException()).isInstanceOf(SluiceException.class);
            assertThat(sent).doesNotContain("end");
            assertThat(sent.isEmpty() || sent.get(sent.size() - 1).equals("void"))
                    .as("%s", sent)
                    .isTrue();
        }
    }

    private void take(Exchange piece) {
        kinds.computeIfAbsent(Request.id(piece), id -> Collections.synchronizedList(new ArrayList<>()))
                .add(piece.getMessage().getHeader("SluiceKind", String.class));
    }

    private void send(Node node, int streams) throws Exception {
        Semaphore places = new Semaphore(AT_ONCE);
        AsyncProducer pipeline = node.camel().getEndpoint("direct:pipeline").createAsyncProducer();
        pipeline.start();
        for (int i = 0; i < streams; i++) {
            places.acquire();
            Exchange exchange = pipeline.getEndpoint().createExchange();
            exchange.getMessage().setBody(CallTest.chat("m", "q", true));
            exchange.setProperty(IntakeProperties.PIECES_TO, "collect");
            pipeline.process(exchange, doneSync -> {
                ended.add(exchange);
                places.release();
            });
        }
        places.acquire(AT_ONCE);
    }

    private static String events() {
        StringBuilder events = new StringBuilder();
        for (String word : TEXT.split("(?<= )")) {
            events.append("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(word));
        }
        return events
                + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    }

    private static Map<String, String> with(Map<String, String> settings, String key, String value) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(key, value);
        return all;
    }

    private static long callThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("call-"))
                .count();
    }

    /** 0 where the system does not tell. */
    private static long openFiles() throws Exception {
        Path files = Path.of("/proc/self/fd");
        if (!Files.isDirectory(files)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(files)) {
            return all.count();
        }
    }
}
