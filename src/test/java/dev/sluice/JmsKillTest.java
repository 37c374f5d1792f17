package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(60)).withRecord(true));
    private final Map<String, SluiceProcess> nodes = new HashMap<>();
    private EmbeddedRedis redis;
    private BrokerProcess broker;

    @BeforeEach
    void start() throws IOException {
        redis = EmbeddedRedis.start(data.resolve("redis"), reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
        broker = BrokerProcess.start(data.resolve("broker"));
        await().atMost(PATIENCE).until(broker::isUp);
    }

    @AfterEach
    void stop() {
        nodes.values().forEach(SluiceProcess::close);
        broker.close();
        redis.close();
        sandbox.close();
    }

    @Test
    void everyRequestHasOneAnswerOrOneDeadLetterWhoeverDies() throws Exception {
        try (Queues queues = Queues.at(broker.url())) {
            for (int i = 0; i < MESSAGES; i++) {
                boolean streamed = i % 3 == 0;
                String id = "r" + i;
                queues.send(CHAT.formatted(i % 50 == 7 ? "sandbox-400" : "sandbox-echo", i), message -> {
                    message.setJMSCorrelationID(id);
                    message.setBooleanProperty("SluiceStream", streamed);
                });
            }
        }
        startNode("a");
        startNode("b");
        for (int round = 0; round < ROUNDS; round++) {
            int begin = MESSAGES * round / ROUNDS;
            int share = MESSAGES / ROUNDS;
            awaitCalls(begin + share / 5);
            if (LONG) {
                freezeRedis();
            }
            nodes.get("a").kill();
            awaitCalls(begin + share * 2 / 5);
            startNode("a");
            broker.kill();
            broker.start();
            awaitCalls(begin + share * 3 / 5);
            nodes.get("b").kill();
            startNode("b");
        }
        await().atMost(PATIENCE.multipliedBy(LONG ? 5 : 1))
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> assertThat(ended()).isEqualTo(MESSAGES));
        for (SluiceProcess node : nodes.values()) {
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
        try (Queues queues = Queues.at(broker.url())) {
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
        String[] command = {"kill", "-" + signal, Long.toString(redis.pid())};
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }

    private void startNode(String name) throws IOException {
        Path folder = Files.createDirectories(data.resolve(name));
        nodes.put(
                name,
                SluiceProcess.start(
                        folder,
                        Map.of(
                                "INTAKES", "jms",
                                "JMS_BROKER_URL", broker.url(),
                                "REDIS_URL", redis.url(),
                                "UPSTREAM_URL", sandbox.url().toString(),
                                "THROTTLE_MAX_CONCURRENT", "8",
                                "LIMIT_REQUESTS_PER_MINUTE", "1000000",
                                "LIMIT_TOKENS_PER_MINUTE", "1000000000",
                                "CAMEL_MANAGEMENT_ENABLED", "false")));
    }

    private void awaitCalls(int calls) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> sandbox.stats().accepted() + sandbox.stats().failed() >= calls);
    }

    private int ended() {
        try (Queues queues = Queues.at(broker.url())) {
            return queues.waiting(Queues.RESPONSES).size()
                    + queues.waiting(Queues.DEAD).size();
        } catch (JMSException | JMSRuntimeException e) {
            return 0; // the broker is being started
        }
    }

    /** By correlation id. */
    private Map<String, List<String>> ends() throws JMSException {
        Map<String, List<String>> ends = new TreeMap<>();
        try (Queues queues = Queues.at(broker.url())) {
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
