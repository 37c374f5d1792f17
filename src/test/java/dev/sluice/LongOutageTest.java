package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An upstream that is down for minutes while files, a batch and a queue wait for it, in a process as it is shipped: no message
 * fails or is counted as tried, few calls are made, the log stays short, and all goes on by itself. Some seconds here;
 * {@code -Dsluice.outage-minutes=10} with the waits that are the default.
 */
class LongOutageTest {
    private static final Logger LOG = LoggerFactory.getLogger(LongOutageTest.class);
    private static final double MINUTES = Double.parseDouble(System.getProperty("sluice.outage-minutes", "0.1"));
    private static final Duration LONGEST = Duration.ofSeconds(90);
    private static final String UP = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");
    private static final int OF_EACH = 100;
    private static final int IN_HAND = 32;

    @TempDir
    Path data;

    @BeforeEach
    void patience() {
        Awaitility.setDefaultTimeout(LONGEST);
    }

    @Test
    void costsNoMessageAnAttemptAndFillsNoLog() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                SluiceProcess process = SluiceProcess.start(data, settings(upstream))) {
            upstream.answers(UP);
            drop("before");
            await().until(() -> files("done") == 1);
            try (Queues queues =
                    Queues.at("tcp://127.0.0.1:" + said(process, "broker=embedded tcp://127.0.0.1:(\\d+)"))) {
                String manage = said(process, "health=(http://[^/ ]+)");
                upstream.answers(down());
                int linesBefore = lines(process);
                long begun = System.nanoTime();
                for (int i = 0; i < OF_EACH; i++) {
                    drop("m" + i);
                    queues.send("question", "r" + i);
                }
                dropBatch();
                await().until(() -> Http.get(manage + "/observe/metrics").body().contains("sluice_upstream_down 1.0"));
                int atFirst = upstream.requests().size();
                await().until(() -> upstream.requests().size() >= atFirst + 3); // it is asked, now and then
                await().atMost(Duration.ofMillis((long) (MINUTES * 60_000)).plus(LONGEST))
                        .until(() -> System.nanoTime() - begun > MINUTES * 60e9);
                assertThat(Http.get(manage + "/observe/health").body()).contains("the upstream is down");
                assertThat(Http.get(manage + "/observe/health").statusCode()).isEqualTo(503);
                assertThat(files("inbox")).isEqualTo(OF_EACH);
                assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
                int lines = lines(process) - linesBefore;
                int calls = upstream.requests().size();
                upstream.answers(UP);

                await().until(() -> files("done") == OF_EACH + 1 && files("batches/done") == 1);
                for (int i = 0; i < OF_EACH; i++) {
                    queues.take(Queues.RESPONSES, "r" + i);
                }
                assertThat(files("failed") + files("inbox")).isZero();
                assertThat(data.resolve("batches/outbox/b.output.jsonl"))
                        .content()
                        .hasLineCount(OF_EACH);
                assertThat(data.resolve("batches/outbox/b.errors.jsonl")).isEmptyFile();
                assertThat(queues.waiting(Queues.DEAD)).isEmpty();
                assertThat(process.log().lines().filter(line -> line.contains(" answered ")))
                        .hasSize(2 * OF_EACH + 1)
                        .allMatch(line -> line.contains(" attempts=1 "));
                assertThat(process.log()
                                .lines()
                                .filter(line -> line.contains("upstream=down") || line.contains("upstream=up")))
                        .hasSize(2);
                await().until(() -> Http.get(manage + "/observe/health").statusCode() == 200);
                LOG.info(
                        "{} messages, upstream down for {} min: {} calls, {} log lines",
                        3 * OF_EACH,
                        MINUTES,
                        calls,
                        lines);
                assertThat(calls).isLessThan(4 * IN_HAND + (int) (10 * MINUTES));
                assertThat(lines).isLessThan(4 * IN_HAND);
            }
        }
    }

    /** First it breaks connections, then it says so. */
    private static String[] down() {
        List<String> answers = new ArrayList<>(Collections.nCopies(20, RawUpstream.RESET));
        answers.add(whole("503 Down", "{}"));
        return answers.toArray(String[]::new);
    }

    private static Map<String, String> settings(RawUpstream upstream) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "INTAKES", "folder,batch,jms",
                "UPSTREAM_URL", upstream.url(),
                "THROTTLE_MAX_CONCURRENT", String.valueOf(IN_HAND),
                "LIMIT_REQUESTS_PER_MINUTE", "1000000",
                "LIMIT_TOKENS_PER_MINUTE", "1000000000"));
        if (MINUTES < 1) {
            settings.put("OUTAGE_FIRST_WAIT_MS", "200");
            settings.put("OUTAGE_MAX_WAIT_MS", "1500");
        }
        return settings;
    }

    private void drop(String name) throws IOException {
        Path inbox = Files.createDirectories(data.resolve("inbox"));
        Path part = Files.writeString(inbox.resolve(name + ".tmp"), "question");
        Files.move(part, inbox.resolve(name + ".txt"));
    }

    private void dropBatch() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < OF_EACH; i++) {
            lines.add("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"line %d\"}]}".formatted(i));
        }
        Path inbox = Files.createDirectories(data.resolve("batches/inbox"));
        Files.move(Files.write(inbox.resolve("b.tmp"), lines), inbox.resolve("b.jsonl"));
    }

    private int files(String folder) throws IOException {
        return Tree.files(Files.createDirectories(data.resolve(folder))).size();
    }

    private static int lines(SluiceProcess process) throws IOException {
        return (int) process.log().lines().count();
    }

    /** What the log says in a place. */
    private static String said(SluiceProcess process, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(process.log());
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }
}
