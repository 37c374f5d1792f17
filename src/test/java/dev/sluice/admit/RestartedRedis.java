package dev.sluice.admit;

import java.net.URI;
import java.nio.file.Path;

/** A Redis that goes away and comes back, empty, at the same address. */
public final class RestartedRedis implements AutoCloseable {
    private final Path folder;
    private EmbeddedRedis redis;

    public RestartedRedis(Path folder) {
        this.folder = folder;
        this.redis = EmbeddedRedis.start(folder, reason -> {}).orElseThrow();
    }

    public String url() {
        return redis.url();
    }

    public void restart() {
        int port = URI.create(redis.url()).getPort();
        redis.close();
        redis = EmbeddedRedis.start(folder, port, reason -> {}).orElseThrow();
    }

    @Override
    public void close() {
        redis.close();
    }
}
