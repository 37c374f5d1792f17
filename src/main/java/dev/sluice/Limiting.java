package dev.sluice;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.admit.FallbackLimiter;
import dev.sluice.admit.LimitKey;
import dev.sluice.admit.LimitRules;
import dev.sluice.admit.Limiter;
import dev.sluice.admit.Limits;
import dev.sluice.admit.RedisLink;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of this node, and the Redis that they are shared through.
 *
 * @param link null if there is no Redis
 * @param key which limit a call is charged to
 */
record Limiting(Limiter limiter, @Nullable RedisLink link, LimitKey key) {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");

    /** @param timer where those wait whose turn is not near */
    static Limiting open(Wiring to, ScheduledExecutorService timer) {
        Settings settings = to.settings();
        LimitSettings said = new LimitSettings(settings, to.camel().getPropertiesComponent());
        LimitRules rules = said.rules();
        Map<String, Double> weights = said.weights();
        RedisLink link = redis(to).map(RedisLink::open).orElse(null);
        Limits limits = new Limits(
                rules,
                link,
                tenant -> weights.getOrDefault(tenant, 1.0),
                said.inFlight(),
                settings.choice("limit.without-redis", FallbackLimiter.WithoutRedis.class),
                settings.integer("throttle.max-concurrent", 1, 100_000),
                timer,
                to.meters());
        to.closeAtEnd(limits);
        String key = settings.text("limit.key");
        if (!LimitKey.isExpression(key)) {
            limits.prepare(key);
        }
        return new Limiting(limits, link, new LimitKey(to.camel(), key, rules, upstream(to.camel())));
    }

    /** The client, for whatever else uses the Redis of the limits; empty while there is no connection. */
    Optional<RedissonClient> redis() {
        return Optional.ofNullable(link).flatMap(RedisLink::client);
    }

    /** The Redis that limits are shared through, for whatever else nodes share; null if there is none. */
    @Nullable
    Supplier<Optional<RedissonClient>> sharedRedis() {
        return link == null ? null : this::redis;
    }

    /** Host and port. */
    private static String upstream(CamelContext camel) {
        URI upstream = URI.create(camel.resolvePropertyPlaceholders("{{upstream.url}}"));
        return upstream.getPort() < 0 ? upstream.getHost() : upstream.getHost() + ":" + upstream.getPort();
    }

    /** Where Redis is; empty if there is none. */
    private static Optional<String> redis(Wiring to) {
        String url = to.settings().text("redis.url");
        if (!url.isEmpty()) {
            return Optional.of(url);
        }
        Optional<EmbeddedRedis> redis = EmbeddedRedis.start(
                to.settings().path("redis.folder"),
                reason -> LOG.warn(
                        "limiter mode=local: no Redis can be started here ({}); this node limits itself alone,"
                                + " set redis.url to share the limit between nodes",
                        reason));
        redis.ifPresent(to::closeAtEnd);
        return redis.map(EmbeddedRedis::url);
    }
}
