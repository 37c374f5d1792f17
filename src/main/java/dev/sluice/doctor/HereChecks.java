package dev.sluice.doctor;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.admit.RedisLink;
import dev.sluice.jms.BrokerCheck;
import dev.sluice.jms.BrokerSettings;
import dev.sluice.jms.QueueNames;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.util.FileUtil;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** What Sluice needs around it: Redis, a broker, its folders. */
public final class HereChecks {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private HereChecks() {}

    /** @param url {@code redis.url}; empty: the one that comes along is tried, in a folder that is gone afterwards */
    public static List<Finding> redis(String url) throws IOException {
        if (!url.isEmpty()) {
            return reached(url, "");
        }
        Path folder = Files.createTempDirectory("sluice-doctor");
        StringBuilder why = new StringBuilder();
        try (EmbeddedRedis redis = EmbeddedRedis.start(folder, why::append).orElse(null)) {
            return redis == null
                    ? List.of(Finding.warn(
                            "redis",
                            "none is configured, and the one that comes along does not start here: " + why,
                            "this node limits itself alone; set redis.url to share the limit"))
                    : reached(redis.url(), "embedded: ");
        } finally {
            FileUtil.removeDir(folder.toFile());
        }
    }

    private static List<Finding> reached(String url, String prefix) {
        try (RedisLink link = RedisLink.open(url)) {
            RedissonClient client = link.client(PATIENCE).orElse(null);
            if (client == null) {
                return List.of(
                        Finding.fail(
                                "redis",
                                "cannot be reached",
                                "check redis.url: host, port, password, rediss:// for TLS; until then each node limits itself alone"));
            }
            long begun = System.nanoTime();
            List<Object> time = client.getScript(StringCodec.INSTANCE)
                    .eval(RScript.Mode.READ_WRITE, "return redis.call('time')", RScript.ReturnType.MULTI);
            Instant theirs = Instant.ofEpochSecond(
                    Long.parseLong(String.valueOf(time.get(0))), Long.parseLong(String.valueOf(time.get(1))) * 1_000);
            return List.of(
                    Finding.ok("redis", prefix + "answers in %d ms".formatted(Way.millisSince(begun))),
                    UpstreamChecks.skew("redis clock", "Redis's", Instant.now(), theirs));
        } catch (RuntimeException e) {
            return List.of(Finding.fail(
                    "redis",
                    String.valueOf(e.getMessage()),
                    "check redis.url, and the rights of its user: EVAL, TIME"));
        }
    }

    /** The embedded broker is asked only if it runs. */
    public static Finding broker(BrokerSettings settings, QueueNames queues) {
        if (settings.embedded() && !settings.listens()) {
            return Finding.ok("broker", "embedded: it is started with Sluice");
        }
        long begun = System.nanoTime();
        try {
            BrokerCheck.run(settings, queues, PATIENCE);
            return Finding.ok(
                    "broker",
                    "%s lets %s read %s, in %d ms"
                            .formatted(
                                    settings,
                                    settings.user().isEmpty() ? "everybody" : "user " + settings.user(),
                                    queues.request(),
                                    Way.millisSince(begun)));
        } catch (JMSException | JMSRuntimeException | IllegalArgumentException e) {
            return Finding.fail(
                    "broker",
                    "%s: %s".formatted(settings, said(e)),
                    settings.embedded()
                            ? "stop what listens at jms.port if that is not Sluice; correct jms.user and jms.password if it is"
                            : "start the broker, correct jms.broker-url, jms.user and jms.password, or grant the user the queue");
        }
    }

    /** What a client says of a failure is what it was doing; what went wrong is the last cause. */
    private static String said(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root == failure
                ? String.valueOf(failure.getMessage())
                : failure.getMessage() + " (" + root.getMessage() + ")";
    }

    /** @param folders by the keys of their settings */
    public static Finding folders(Map<String, Path> folders) {
        String wrong = folders.entrySet().stream()
                .filter(folder -> !isWritable(folder.getValue()))
                .map(folder -> "%s=%s".formatted(folder.getKey(), folder.getValue()))
                .collect(Collectors.joining(", "));
        return wrong.isEmpty()
                ? Finding.ok("folders", String.join(", ", folders.keySet()) + " can be written")
                : Finding.fail(
                        "folders",
                        wrong + " cannot be written by user " + System.getProperty("user.name"),
                        "make them, mend their permissions, or free space");
    }

    /** It is, or it can be made. */
    private static boolean isWritable(Path folder) {
        Path there = folder.toAbsolutePath();
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (there == null || !Files.isDirectory(there)) {
            return false;
        }
        try {
            Path probe = Files.createTempFile(there, ".doctor", ".tmp");
            Files.writeString(probe, "x");
            Files.delete(probe);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
