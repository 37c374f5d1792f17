package dev.sluice.admit;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.redisson.api.RKeys;
import org.redisson.api.RScript;
import org.redisson.api.options.OptionalOptions;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.codec.StringCodec;

/** One real Redis for all tests of this JVM that do not stop it; it ends with the JVM. */
final class TestRedis {
    /** For what a test does by itself; what it tests has the timeouts of its own. */
    private static final OptionalOptions PATIENT =
            OptionalOptions.defaults().codec(StringCodec.INSTANCE).timeout(Duration.ofSeconds(30));

    private TestRedis() {}

    /** Started when first asked for. */
    private static final class Shared {
        static final EmbeddedRedis SERVER = start(Path.of("target/redis"));
        static final RedisLink LINK = connected(RedisLink.open(SERVER.url()));
    }

    /** A busy machine may take longer than the two seconds that the link waits. */
    private static RedisLink connected(RedisLink link) {
        await().atMost(Duration.ofMinutes(1)).until(() -> link.client().isPresent());
        return link;
    }

    static EmbeddedRedis start(Path folder) {
        return EmbeddedRedis.start(folder, reason -> {
                    throw new IllegalStateException(reason);
                })
                .orElseThrow();
    }

    static String url() {
        return Shared.SERVER.url();
    }

    static RedisLink link() {
        return Shared.LINK;
    }

    static RKeys keys() {
        return Shared.LINK.client().orElseThrow().getKeys();
    }

    static String get(String key) {
        return Shared.LINK
                .client()
                .orElseThrow()
                .<String>getBucket(key, StringCodec.INSTANCE)
                .get();
    }

    static void set(String key, String value) {
        Shared.LINK.client().orElseThrow().getBucket(key, StringCodec.INSTANCE).set(value);
    }

    /** What a script answers. */
    static List<Long> run(Script script, List<Object> keys, Object... arguments) {
        return run(script.text(), keys, arguments);
    }

    /** What a script of this text answers. */
    static List<Long> run(String script, List<Object> keys, Object... arguments) {
        return Shared.LINK
                .client()
                .orElseThrow()
                .getScript(PATIENT)
                .<List<Long>>eval(RScript.Mode.READ_WRITE, script, RScript.ReturnType.MULTI, keys, arguments);
    }

    /** How many scripts this server has been told to run so far. */
    static long scriptCalls() {
        return Shared.LINK
                .client()
                .orElseThrow()
                .getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(RedisNode.InfoSection.COMMANDSTATS)
                .entrySet()
                .stream()
                .filter(entry -> entry.getKey().startsWith("cmdstat_eval"))
                .mapToLong(entry -> Long.parseLong(entry.getValue().replaceFirst("calls=(\\d+).*", "$1")))
                .sum();
    }

    static void flushScripts() {
        Shared.LINK.client().orElseThrow().getScript().scriptFlush();
    }
}
