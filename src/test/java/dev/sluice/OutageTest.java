package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
