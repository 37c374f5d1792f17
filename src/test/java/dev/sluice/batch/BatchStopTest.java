package dev.sluice.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.intake.AllowedModels;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a batch ends before its last line, and how the next run goes on. Each line's prompt is estimated at 10 + 20 tokens. */
class BatchStopTest {
    private static final Bounds FREE = Bounds.NONE;

    @TempDir
    Path folder;

    private BatchFiles files;
    private volatile @Nullable Instant now = Instant.parse("2026-11-23T12:00:00Z"); // null: really now
    private Counts counts;
    private Use used;

    private Origin origin = Origin.HERE;

    @BeforeEach
    void name() throws BatchRefusedException {
        files = BatchFiles.of(folder.resolve("in.jsonl"), null, null);
    }

    @Test
    void stopsBeforeTheBudgetOfTokensIsOverrunAndGoesOnWithALargerOne() throws Exception {
        write(100);

        Stop stop = run(budget(300), line -> line.answered("req", answer(10, 15)));

        assertThat(stop.kind()).isEqualTo(Stop.Kind.BUDGET);
        assertThat(stop.why()).contains("275 tokens").contains("a larger one");
        assertThat(counts.answered()).as("a further line may use 30").isEqualTo(11);
        assertThat(used.tokens()).isEqualTo(275);

        stop = run(budget(600), line -> line.answered("req", answer(10, 15)));

        assertThat(stop.kind()).isEqualTo(Stop.Kind.BUDGET);
        assertThat(counts.answered()).as("what the first run has used counts").isEqualTo(23);

        assertThat(run(FREE, line -> line.answered("req", answer(10, 15)))).isNull();
        assertThat(outputLines()).hasSize(100).doesNotHaveDuplicates();
        assertThat(used.tokens()).isEqualTo(2500);
    }

    @Test
    void keepsRoomForTheLinesInHand() throws Exception {
        write(100);
        List<BatchLine> inHand = new ArrayList<>();
        AtomicInteger most = new AtomicInteger();

        Stop stop = run(budget(100), line -> {
            inHand.add(line);
            most.accumulateAndGet(inHand.size(), Math::max);
            if (inHand.size() == 3) { // a fourth has no room before one of them has ended
                List<BatchLine> now = List.copyOf(inHand);
                inHand.clear();
                CompletableFuture.runAsync(() -> now.forEach(sent -> sent.answered("req", answer(10, 20))));
            }
        });

        assertThat(stop.kind()).isEqualTo(Stop.Kind.BUDGET);
        assertThat(most).hasValue(3);
        assertThat(used.tokens()).isEqualTo(90);
    }

    @Test
    void aBudgetOfMoneyGoesByThePriceOfTheModel() throws Exception {
        write(100);
        Bounds nanos = new Bounds(null, false, 0, 26_000, 0);

        Stop stop = run(nanos, line -> line.answered("req", answer(10, 20)));

        assertThat(stop.kind()).isEqualTo(Stop.Kind.BUDGET);
        assertThat(counts.answered()).as("10 × 50 and 20 × 100 nanos each").isEqualTo(10);
        assertThat(used.nanos()).isEqualTo(25_000);
    }

    @Test
    void aBudgetOfMoneyNeedsAPrice() throws Exception {
        write(1);
        Files.writeString(files.input(), Files.readString(files.input()).replace("\"m\"", "\"other\""));

        Stop stop = run(new Bounds(null, false, 0, 26_000, 0), line -> {});

        assertThat(stop.why()).contains("batch.prices has no price for model other");
        assertThat(counts.done()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"401, invalid_api_key", "429, insufficient_quota", "404, not_found"})
    void stopsAfterAFewRefusalsThatAreNotTheLinesAndWritesNoErrors(int status, String code) throws Exception {
        write(100);
        AtomicInteger calls = new AtomicInteger();

        Stop stop = run(new Bounds(null, false, 0, 0, 5), line -> {
            calls.incrementAndGet();
            line.failed(new Failure(status, code, false, null), 1);
        });

        assertThat(stop.kind()).isEqualTo(Stop.Kind.REFUSED);
        assertThat(stop.why()).contains("5 calls in a row", code, "run the same command again");
        assertThat(calls).hasValue(5);
        assertThat(files.errors()).isEmptyFile();

        assertThat(run(FREE, line -> line.answered("req", answer(1, 1)))).isNull();
        assertThat(outputLines()).hasSize(100);
    }

    @Test
    void aRefusalBetweenAnswersIsTheLinesOwn() throws Exception {
        write(100);
        AtomicInteger calls = new AtomicInteger();

        Stop stop = run(new Bounds(null, false, 0, 0, 5), line -> {
            if (calls.incrementAndGet() % 4 == 0) {
                line.answered("req", answer(1, 1));
            } else {
                line.failed(new Failure(401, "invalid_api_key", false, null), 1);
            }
        });

        assertThat(stop).isNull();
        assertThat(counts.answered()).isEqualTo(25);
        assertThat(counts.failed()).isEqualTo(75);
    }

    @Test
    void fewRefusalsAtTheEndGoToTheErrors() throws Exception {
        write(3);

        Stop stop = run(
                new Bounds(null, false, 0, 0, 5),
                line -> line.failed(new Failure(401, "invalid_api_key", false, null), 1));

        assertThat(stop).isNull();
        assertThat(counts.failed()).isEqualTo(3);
        assertThat(Files.readAllLines(files.errors())).hasSize(3);
    }

    @Test
    void atTheDeadlineNoMoreLinesAreTaken() throws Exception {
        write(100);

        Stop stop = run(new Bounds(now.plusSeconds(60), false, 0, 0, 0), answeringUntilTheTenth());

        assertThat(stop.kind()).isEqualTo(Stop.Kind.DEADLINE);
        assertThat(counts.answered()).isEqualTo(10);
        assertThat(counts.failed()).isZero();
        assertThat(run(FREE, line -> line.answered("req", answer(1, 1)))).isNull();
        assertThat(outputLines()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void orTheLinesThatAreNotDoneExpire() throws Exception {
        write(100);

        assertThat(run(new Bounds(now.plusSeconds(60), true, 0, 0, 0), answeringUntilTheTenth()))
                .isNull();

        assertThat(counts.complete()).isTrue();
        assertThat(counts.byCode()).isEqualTo(Map.of("answered", 10L, "batch_expired", 90L));
        assertThat(Files.readAllLines(files.errors())).hasSize(90).allSatisfy(line -> assertThat(line)
                .contains("\"batch_expired\""));
    }

    @Test
    void whatHadNotExpiredWhenTheBatchWasStoppedExpiresInTheNextRun() throws Exception {
        write(100);
        Bounds bounds = new Bounds(now.plusSeconds(60), true, 0, 0, 0);
        List<BatchLine> inHand = new CopyOnWriteArrayList<>();
        try (Batch batch = open(bounds)) {
            batch.catchUp();
            Thread sender = new Thread(() -> send(batch, line -> {
                inHand.add(line);
                if (inHand.size() == 4) { // every place is taken when the deadline comes
                    now = now.plusSeconds(86_400);
                }
            }));
            sender.start();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> inHand.size() == 4 && sender.getState() == Thread.State.WAITING);
            batch.stop();
            sender.join();
            inHand.forEach(line -> line.answered("req", answer(1, 1)));
            batch.awaitEnds();
            batch.close();

            assertThat(batch.counts().done()).isEqualTo(4);
            assertThat(batch.counts().complete()).as("96 lines were not read").isFalse();
        }

        assertThat(run(bounds, line -> {})).isNull();

        assertThat(counts.complete()).isTrue();
        assertThat(outputLines()).hasSize(4);
        assertThat(Files.readAllLines(files.errors())).hasSize(96);
    }

    @Test
    void aLineThatIsToComeAgainLaterIsSentAgainThen() throws Exception {
        write(20);
        now = null;
        AtomicReference<Instant> later = new AtomicReference<>();

        Stop stop = run(FREE, line -> {
            if (later.get() == null) {
                later.set(Instant.now().plusMillis(300));
                line.failed(new Failure(503, "upstream_down", true, later.get()), 0);
            } else {
                assertThat(Instant.now()).as("nothing is sent before").isAfterOrEqualTo(later.get());
                line.answered("req", answer(1, 1));
            }
        });

        assertThat(stop).isNull();
        assertThat(outputLines()).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void linesTakeTheShareOfTheLimitOfWhoeverSentThem() throws Exception {
        write(1);
        origin = new Origin(null, "web", AllowedModels.ALL);
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(camel);
            run(FREE, line -> {
                line.on(exchange);
                line.answered("req", answer(1, 1));
            });
            assertThat(exchange.getProperty(IntakeProperties.TENANT)).isEqualTo("web");
        }
    }

    /** With the tenth line a day passes. */
    private Consumer<BatchLine> answeringUntilTheTenth() {
        AtomicInteger lines = new AtomicInteger();
        return line -> {
            line.answered("req", answer(1, 1));
            if (lines.incrementAndGet() == 10) {
                now = now.plusSeconds(86_400);
            }
        };
    }

    private static void send(Batch batch, Consumer<BatchLine> pipeline) {
        try {
            batch.send(pipeline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Batch open(Bounds bounds) throws Exception {
        BatchSettings settings = new BatchSettings(
                100_000,
                null,
                bounds,
                Prices.parse("m=0.05/0.10"),
                (api, body) -> new Estimator.Tokens(10, 20),
                origin);
        return Batch.open(files, settings, new Places(4), new HandClock(), "run", Standard.none());
    }

    private @Nullable Stop run(Bounds bounds, Consumer<BatchLine> pipeline) throws Exception {
        try (Batch batch = open(bounds)) {
            batch.catchUp();
            batch.send(pipeline);
            batch.awaitEnds();
            batch.close();
            counts = batch.counts();
            used = batch.used();
            return batch.stopped();
        }
    }

    private static Bounds budget(long tokens) {
        return new Bounds(null, false, tokens, 0, 0);
    }

    private List<String> outputLines() throws IOException {
        return Files.readAllLines(files.output()).stream()
                .map(line -> line.replaceFirst(".*\"custom_id\":\"(\\w+)\".*", "$1"))
                .toList();
    }

    private void write(int lines) throws IOException {
        Files.write(
                files.input(),
                IntStream.range(0, lines)
                        .mapToObj(i -> ("{\"custom_id\":\"r%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                                        + "\"body\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}}")
                                .formatted(i))
                        .toList());
    }

    private static byte[] answer(int prompt, int completion) {
        return "{\"choices\":[{\"usage\":{}}],\"usage\":{\"prompt_tokens\":%d,\"prompt_details\":{},\"completion_tokens\":%d}}"
                .formatted(prompt, completion)
                .getBytes(UTF_8);
    }

    private final class HandClock extends Clock {
        @Override
        public Instant instant() {
            return now == null ? Instant.now() : now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static final class Failure extends SluiceException {
        private final boolean retryable;
        private final transient @Nullable Instant retryAt;

        Failure(int status, String code, boolean retryable, @Nullable Instant retryAt) {
            super(status, code, "as it was said");
            this.retryable = retryable;
            this.retryAt = retryAt;
        }

        @Override
        public boolean retryable() {
            return retryable;
        }

        @Override
        public Optional<Instant> retryAt() {
            return Optional.ofNullable(retryAt);
        }
    }
}
