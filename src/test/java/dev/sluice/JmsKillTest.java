package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes on one broker and one Redis, all of them processes; nodes and broker are killed in the middle of the work. With
 * {@code -Dsluice.long=true} it takes 5,000 requests, more kills, and a Redis that
 * is frozen for 3 s each time.
 */
class JmsKillTest {
    private static final boolean LONG = Boolean.getBoolean("sluice.long");
    private static final int MESSAGES = LONG ? 5000 : 300;
    private static final int ROUNDS = LONG ? 5 : 1;
    private static final String CHAT =
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"question number %d of many\"}]}";

    @TempDir
    Path data;

    private Cluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = new Cluster(data);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void everyRequestHasOneAnswerOrOneDeadLetterWhoeverDies() throws Exception {
        try (Queues queues = Queues.at(cluster.broker.url())) {
            for (int i = 0; i < MESSAGES; i++) {
                boolean streamed = i % 3 == 0;
                String id = "r" + i;
                queues.send(CHAT.formatted(i % 50 == 7 ? "sandbox-400" : "sandbox-echo", i), message -> {
                    message.setJMSCorrelationID(id);
                    message.setBooleanProperty("SluiceStream", streamed);
                });
            }
        }
        cluster.startWorker("a");
        cluster.startWorker("b");
        for (int round = 0; round < ROUNDS; round++) {
            int begin = MESSAGES * round / ROUNDS;
            int share = MESSAGES / ROUNDS;
            cluster.awaitCalls(begin + share / 5);
            if (LONG) {
                freezeRedis();
            }
            cluster.kill("a");
            cluster.awaitCalls(begin + share * 2 / 5);
            cluster.startWorker("a");
            cluster.broker.kill();
            cluster.broker.start();
            cluster.awaitCalls(begin + share * 3 / 5);
            cluster.kill("b");
            cluster.startWorker("b");
        }
        await().atMost(Cluster.PATIENCE.multipliedBy(LONG ? 5 : 1))
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> assertThat(ended()).isEqualTo(MESSAGES));
        for (SluiceProcess node : cluster.nodes()) {
            node.terminate();
            node.exitCode();
        }

        piecesAreWhole();
        Map<String, List<String>> ends = ends();
        assertThat(ends).hasSize(MESSAGES);
        assertThat(ends).allSatisfy((id, end) -> assertThat(end).hasSize(1));
        IntStream.range(0, MESSAGES).forEach(i -> assertThat(ends.get("r" + i))
                .first()
                .asString()
                .startsWith(i % 50 == 7 ? "dead context_length" : "answer ")
                .contains(i % 50 == 7 ? "" : "question number " + i + " of"));
    }

    /** Of each streamed answer the pieces of one attempt, 0 to n, and its end. */
    private void piecesAreWhole() throws JMSException {
        Map<String, List<Integer>> indexes = new TreeMap<>();
        Map<String, Integer> endings = new TreeMap<>();
        try (Queues queues = Queues.at(cluster.broker.url())) {
            for (Message piece : queues.waiting(Queues.PIECES)) {
                String id = piece.getJMSCorrelationID();
                indexes.computeIfAbsent(id, i -> new ArrayList<>()).add(piece.getIntProperty("SluiceIndex"));
                if (piece.getStringProperty("SluiceKind").equals("end")) {
                    endings.merge(id, 1, Integer::sum);
                }
            }
        }
        assertThat(indexes.keySet()).isEqualTo(endings.keySet());
        assertThat(endings.values()).containsOnly(1);
        assertThat(indexes).hasSizeGreaterThan(MESSAGES / 4);
        assertThat(indexes.values()).allSatisfy(of -> assertThat(of)
                .isEqualTo(IntStream.range(0, of.size()).boxed().toList()));
    }

    /** It takes connections and answers nothing, for 3 s. */
    private void freezeRedis() throws Exception {
        signalRedis("STOP");
        try {
            CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS))
                    .get();
        } finally {
            signalRedis("CONT");
        }
    }

    private void signalRedis(String signal) throws Exception {
        String[] command = {"kill", "-" + signal, Long.toString(cluster.redis.pid())};
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }

    private int ended() {
        try (Queues queues = Queues.at(cluster.broker.url())) {
            return queues.waiting(Queues.RESPONSES).size()
                    + queues.waiting(Queues.DEAD).size();
        } catch (JMSException | JMSRuntimeException e) {
            return 0; // the broker is being started
        }
    }

    /** By correlation id. */
    private Map<String, List<String>> ends() throws JMSException {
        Map<String, List<String>> ends = new TreeMap<>();
        try (Queues queues = Queues.at(cluster.broker.url())) {
            for (Message answer : queues.waiting(Queues.RESPONSES)) {
                ends.computeIfAbsent(answer.getJMSCorrelationID(), id -> new ArrayList<>())
                        .add("answer " + Queues.text(answer));
            }
            for (Message dead : queues.waiting(Queues.DEAD)) {
                ends.computeIfAbsent(dead.getJMSCorrelationID(), id -> new ArrayList<>())
                        .add("dead " + dead.getStringProperty("SluiceCode"));
            }
        }
        return ends;
    }
}
