package dev.sluice;

import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Nodes on one broker and one Redis, all of them processes that may be killed, and a sandbox that they call. */
final class Cluster implements AutoCloseable {
    /** How many calls a worker has in flight. */
    static final int AT_ONCE = 8;

    static final Duration PATIENCE = Duration.ofSeconds(120);

    final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(60)).withRecord(true));
    final EmbeddedRedis redis;
    final BrokerProcess broker;
    private final Path data;
    private final Map<String, SluiceProcess> nodes = new HashMap<>();

    Cluster(Path data) throws IOException {
        this.data = data;
        redis = EmbeddedRedis.start(data.resolve("redis"), reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
        broker = BrokerProcess.start(data.resolve("broker"));
        await().atMost(PATIENCE).until(broker::isUp);
    }

    /** Starts a node that takes requests from the queue. */
    void startWorker(String name) throws IOException {
        start(
                name,
                Map.of(
                        "INTAKES", "jms",
                        "UPSTREAM_URL", sandbox.url().toString(),
                        "THROTTLE_MAX_CONCURRENT", Integer.toString(AT_ONCE),
                        "LIMIT_REQUESTS_PER_MINUTE", "1000000",
                        "LIMIT_TOKENS_PER_MINUTE", "1000000000"));
    }

    /** Starts a node, again if it was killed, in a folder of its own. */
    void start(String name, Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(settings);
        all.put("JMS_BROKER_URL", broker.url());
        all.put("REDIS_URL", redis.url());
        all.put("CAMEL_MANAGEMENT_ENABLED", "false");
        nodes.put(name, SluiceProcess.start(Files.createDirectories(data.resolve(name)), all));
    }

    void kill(String name) throws InterruptedException {
        nodes.get(name).kill();
    }

    Collection<SluiceProcess> nodes() {
        return nodes.values();
    }

    void awaitCalls(int calls) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> sandbox.stats().accepted() + sandbox.stats().failed() >= calls);
    }

    @Override
    public void close() {
        nodes.values().forEach(SluiceProcess::close);
        broker.close();
        redis.close();
        sandbox.close();
    }
}
