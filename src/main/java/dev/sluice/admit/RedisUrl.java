package dev.sluice.admit;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.redisson.config.Config;
import org.redisson.config.SingleServerConfig;

/**
 * Reads {@code redis.url}: {@code redis://[user:password@]host[:port][/database]}, {@code rediss://…} for TLS, or
 * {@code file:…} for a Redisson YAML file (sentinel, cluster).
 *
 * <p>No message names the user or the password; a value that cannot be taken apart is not shown at all.
 */
final class RedisUrl {
    private static final String FORMS =
            "redis://[user:password@]host[:port][/database], rediss://… for TLS, or file:… for a Redisson YAML file;"
                    + " special characters in user and password as %xx";
    private static final int DEFAULT_PORT = 6379;

    private RedisUrl() {}

    /** @throws IllegalArgumentException if the URL, or the file that it names, is not understood */
    static Config config(String url) {
        return url.startsWith("file:") ? file(url) : server(parse(url));
    }

    private static Config file(String url) {
        File file = new File(url.substring("file:".length()).replaceFirst("^//", ""));
        try {
            return Config.fromYAML(file).setCodec(new ExchangeCodec());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "redis.url names %s, which is no Redisson YAML file: %s"
                            .formatted(file, e.getClass().getSimpleName()),
                    e);
        }
    }

    private static Config server(URI uri) {
        Config config = new Config().setThreads(2).setNettyThreads(4).setCodec(new ExchangeCodec());
        SingleServerConfig server = config.useSingleServer()
                .setAddress("%s://%s:%d"
                        .formatted(uri.getScheme(), uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort()))
                .setDatabase(database(uri))
                .setConnectionMinimumIdleSize(2)
                .setConnectionPoolSize(16)
                .setSubscriptionConnectionMinimumIdleSize(0)
                .setPingConnectionInterval(5_000)
                .setTimeout((int) RedisLink.TIMEOUT.toMillis())
                .setConnectTimeout(2_000)
                .setRetryAttempts(0);
        String userInfo = uri.getRawUserInfo();
        if (userInfo != null) {
            int colon = userInfo.indexOf(':');
            server.setUsername(colon > 0 ? decoded(userInfo.substring(0, colon)) : null);
            server.setPassword(decoded(userInfo.substring(colon + 1)));
        }
        return config;
    }

    private static URI parse(String url) {
        URI uri = uri(url);
        if (uri == null || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "redis.url is malformed (not shown, as it may hold a password): use " + FORMS);
        }
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            throw new IllegalArgumentException("redis.url starts with %s: use %s".formatted(uri.getScheme(), FORMS));
        }
        return uri;
    }

    private static @Nullable URI uri(String url) {
        try {
            return new URI(url.strip());
        } catch (URISyntaxException e) { // its message and cause would show the value
            return null;
        }
    }

    private static int database(URI uri) {
        String path = uri.getPath();
        if (path == null || path.isEmpty() || path.equals("/")) {
            return 0;
        }
        if (!path.matches("/\\d{1,5}")) {
            throw new IllegalArgumentException(
                    "redis.url must end in a database number (not shown, as it may hold a password): use " + FORMS);
        }
        return Integer.parseInt(path.substring(1));
    }

    private static String decoded(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
