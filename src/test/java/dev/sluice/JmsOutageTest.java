package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An upstream that is down while requests wait in a queue: they stay there, cost nothing, and are all answered after it. */
class JmsOutageTest {
    private static final String UP = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");
    private static final int MESSAGES = 50;

    @TempDir
    Path data;

    @Test
    void aPausedIntakeLeavesTheQueueAloneAndGoesOnByItself() throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
        try (RawUpstream upstream = new RawUpstream();
                Node node = Node.start(
                        data,
                        Map.of(
                                "intakes", "jms",
                                "upstream.url", upstream.url(),
                                "outage.after-failures", "5",
                                "outage.first-wait-ms", "200",
                                "outage.max-wait-ms", "800",
                                "retry.base-ms", "100",
                                "throttle.max-concurrent", "16"));
                Queues queues = Queues.of(node)) {
            upstream.answers(whole("503 Down", "{}"));
            for (int i = 0; i < MESSAGES; i++) {
                queues.send("question", String.valueOf(i));
            }
            await().until(() -> metric(node, "sluice_upstream_down 1.0"));
            int atFirst = upstream.requests().size();
            await().until(() -> upstream.requests().size() >= atFirst + 3); // it is asked, now and then
            await().until(() ->
                    node.camel().getRoute("intake-jms").getConsumer() instanceof org.apache.camel.Suspendable consumer
                            && ((org.apache.camel.SuspendableService) consumer).isSuspended());

            assertThat(Http.get(node.manage() + "/observe/health").body())
                    .contains("the upstream is down")
                    .doesNotContain("intake jms");
            assertThat(queues.waiting(Queues.DEAD)).isEmpty();
            assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
            upstream.answers(UP);

            Set<String> answered = new HashSet<>();
            for (int i = 0; i < MESSAGES; i++) {
                answered.add(queues.take(Queues.RESPONSES).getJMSCorrelationID());
            }
            assertThat(answered).hasSize(MESSAGES);
            assertThat(queues.waiting(Queues.DEAD)).isEmpty();
            await().until(() -> Http.get(node.manage() + "/observe/health").statusCode() == 200);
        }
    }

    private static boolean metric(Node node, String line) throws Exception {
        return Http.get(node.manage() + "/observe/metrics").body().contains(line);
    }
}
