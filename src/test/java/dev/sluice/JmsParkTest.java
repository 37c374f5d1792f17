package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes back into the request queue, and when it is taken again. */
class JmsParkTest {
    private static final String COMPLETION =
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"late\"},\"finish_reason\":\"stop\"}]}";

    @TempDir
    Path data;

    @Test
    void aRequestWaitsInItsQueueForAsLongAsTheUpstreamWants() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = Node.start(
                        data,
                        Map.of("intakes", "jms", "upstream.url", upstream.url(), "retry.max-server-wait-ms", "500"));
                Queues queues = Queues.of(node)) {
            upstream.answers(
                    RawUpstream.whole("429 Too Many Requests\nRetry-After: 3", "{\"error\":{\"code\":\"slow\"}}"),
                    RawUpstream.whole("200 OK", COMPLETION));
            Instant sent = Instant.now();
            queues.send("please", message -> {
                message.setJMSCorrelationID("parked");
                message.setStringProperty("order", "o-1");
                message.setJMSReplyTo(queues.context().createQueue("answers.mine"));
            });

            Message answer = queues.take("answers.mine", "parked");

            assertThat(Queues.text(answer)).isEqualTo(COMPLETION);
            assertThat(answer.getStringProperty("order")).isEqualTo("o-1");
            assertThat(Duration.between(sent, Instant.now())).isGreaterThan(Duration.ofMillis(2900));
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    @Test
    void aRequestWithoutACorrelationIdKeepsTheIdOfItsFirstSendingHoweverLargeItIs() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = Node.start(
                        data,
                        Map.of(
                                "intakes", "jms",
                                "upstream.url", upstream.url(),
                                "retry.max-server-wait-ms", "500",
                                "jms.max-bytes", "12000000",
                                "limit.tokens-per-minute", "100000000000"));
                Queues queues = Queues.of(node)) {
            upstream.answers(
                    RawUpstream.whole("429 Too Many Requests\nRetry-After: 1", "{\"error\":{\"code\":\"slow\"}}"),
                    RawUpstream.whole("200 OK", COMPLETION));
            TextMessage request = queues.context().createTextMessage("x".repeat(11 << 20));
            queues.send(c -> request, message -> {});

            assertThat(Queues.text(queues.take(Queues.RESPONSES, request.getJMSMessageID())))
                    .isEqualTo(COMPLETION);
        }
    }

    /** A route that gives the request back when its answer was sent: then neither answer nor pieces may be there. */
    @Test
    void whatWasSentIsNotThereIfTheRequestIsNotGone() throws Exception {
        Path routes = Files.createDirectories(data.resolve("routes"));
        try (Stream<Path> shipped = Files.list(Path.of("routes"))) {
            for (Path file : shipped.toList()) {
                Files.copy(file, routes.resolve(file.getFileName()));
            }
        }
        Path intake = routes.resolve("intake-jms.camel.yaml");
        Files.writeString(
                intake,
                Files.readString(intake)
                        .replace(
                                "            doCatch:",
                                "              - rollback:\n                  markRollbackOnly: true\n            doCatch:"));
        try (Node node = Node.start(
                        routes,
                        data,
                        Map.of("intakes", "jms", "folder.model", "sandbox-echo", "jms.max-deliveries", "3"));
                Queues queues = Queues.of(node)) {
            queues.send("one two three", message -> {
                message.setJMSCorrelationID("in vain");
                message.setBooleanProperty("SluiceStream", true);
            });

            Message dead = queues.take(Queues.DEAD, "in vain");

            assertThat(dead.getStringProperty("SluiceCode")).isEqualTo("delivered_too_often");
            assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
            assertThat(queues.waiting(Queues.PIECES)).isEmpty();
        }
    }

    @Test
    void whatWaitsForItsPermitGoesBackWhenTheNodeStops() throws Exception {
        Map<String, String> slow =
                Map.of("intakes", "jms", "limit.requests-per-minute", "1", "folder.model", "sandbox-echo");
        try (Node node = Node.start(data, slow);
                Queues queues = Queues.of(node)) {
            queues.send("first", "1");
            queues.take(Queues.RESPONSES, "1");
            queues.send("second", "2");
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            Http.get(node.manage() + "/observe/metrics").body().contains("sluice_limiter_waiting 1.0"));
        }
        try (Node node = Node.start(data, Map.of("intakes", "jms", "folder.model", "sandbox-echo"));
                Queues queues = Queues.of(node)) {

            assertThat(Queues.text(queues.take(Queues.RESPONSES, "2"))).contains("second");
        }
    }
}
