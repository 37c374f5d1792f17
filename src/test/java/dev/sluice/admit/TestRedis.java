package dev.sluice.admit;

import java.nio.file.Path;
import java.util.List;
import org.redisson.api.RKeys;
import org.redisson.api.RScript;
import org.redisson.client.codec.StringCodec;

/** One real Redis for all tests of this JVM that do not stop it; it ends with the JVM. */
final class TestRedis {
    private TestRedis() {}

    /** Started when first asked for. */
    private static final class Shared {
        static final EmbeddedRedis SERVER = start(Path.of("target/redis"));
        static final RedisLink LINK = RedisLink.open(SERVER.url());
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

    /** What a script answers. */
    static long run(Script script, List<Object> keys, Object... arguments) {
        return Shared.LINK
                .client()
                .orElseThrow()
                .getScript(StringCodec.INSTANCE)
                .<Long>eval(RScript.Mode.READ_WRITE, script.text(), RScript.ReturnType.INTEGER, keys, arguments);
    }

    static void flushScripts() {
        Shared.LINK.client().orElseThrow().getScript().scriptFlush();
    }
}
