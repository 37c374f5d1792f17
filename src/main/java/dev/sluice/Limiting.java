package dev.sluice;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.admit.FallbackLimiter;
import dev.sluice.admit.InFlight;
import dev.sluice.admit.Limit;
import dev.sluice.admit.LimitKey;
import dev.sluice.admit.LimitRules;
import dev.sluice.admit.LimitRules.Rule;
import dev.sluice.admit.Limiter;
import dev.sluice.admit.Limits;
import dev.sluice.admit.RedisLink;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wiring of the limits: {@code limit.*}, {@code limits.<name>.*} and {@code tenants.<name>.*}. */
final class Limiting {
    private static final Logger LOG = LoggerFactory.getLogger("dev.sluice");
    private static final Pattern NAMED = Pattern.compile("(limits|tenants)\\.(.+)\\.[^.]+");
    private static final double LEAST_WEIGHT = 0.01;
    private static final double MOST_WEIGHT = 1_000;

    private final CamelContext camel;
    private final Settings settings;
    private final MeterRegistry meters;
    private final ScheduledExecutorService timer;
    private final LimitRules rules;
    private volatile @Nullable RedisLink link;

    Limiting(CamelContext camel, Settings settings, MeterRegistry meters, ScheduledExecutorService timer) {
        this.camel = camel;
        this.settings = settings;
        this.meters = meters;
        this.timer = timer;
        this.rules = rules();
    }

    /** Which limit a call is charged to. */
    LimitKey key() {
        URI upstream = URI.create(camel.resolvePropertyPlaceholders("{{upstream.url}}"));
        String host = upstream.getPort() < 0 ? upstream.getHost() : upstream.getHost() + ":" + upstream.getPort();
        return new LimitKey(camel, settings.text("limit.key"), rules, host);
    }

    /** The client, for whatever else uses the Redis of the limits; empty while there is no connection. */
    Optional<RedissonClient> redis() {
        return Optional.ofNullable(link).flatMap(RedisLink::client);
    }

    /** @param started told what must be closed when Sluice has stopped, last first */
    Limiter limiter(Consumer<AutoCloseable> started) {
        RedisLink opened = redis(started).map(RedisLink::open).orElse(null);
        link = opened;
        Map<String, Double> weights = weights();
        Limits limits = new Limits(
                rules,
                opened,
                tenant -> weights.getOrDefault(tenant, 1.0),
                inFlight(),
                settings.choice("limit.without-redis", FallbackLimiter.WithoutRedis.class),
                settings.integer("throttle.max-concurrent", 1, 100_000),
                timer,
                meters);
        started.accept(limits);
        String key = settings.text("limit.key");
        if (!LimitKey.isExpression(key)) {
            limits.prepare(key);
        }
        return limits;
    }

    private Optional<InFlight.Bounds> inFlight() {
        int max = settings.integer("limit.max-in-flight", 0, 1_000_000);
        int min = settings.integer("limit.min-in-flight", 1, 1_000_000);
        return max == 0 ? Optional.empty() : Optional.of(new InFlight.Bounds(Math.min(min, max), max));
    }

    /** What {@link #limiter} has opened; null if there is no Redis. */
    @Nullable
    RedisLink link() {
        return link;
    }

    /** The Redis that limits are shared through, for whatever else nodes share; null if there is none. */
    @Nullable
    Supplier<Optional<RedissonClient>> sharedRedis() {
        RedisLink shared = link;
        return shared == null ? null : shared::client;
    }

    /** Where Redis is; empty if there is none. */
    private Optional<String> redis(Consumer<AutoCloseable> started) {
        String url = settings.text("redis.url");
        if (!url.isEmpty()) {
            return Optional.of(url);
        }
        Optional<EmbeddedRedis> redis = EmbeddedRedis.start(
                settings.path("redis.folder"),
                reason -> LOG.warn(
                        "limiter mode=local: no Redis can be started here ({}); this node limits itself alone,"
                                + " set redis.url to share the limit between nodes",
                        reason));
        redis.ifPresent(started);
        return redis.map(EmbeddedRedis::url);
    }

    private LimitRules rules() {
        String key = settings.text("limit.key");
        Limit others = limit(LimitKey.isExpression(key) ? "others" : key, "limit.");
        return new LimitRules(others, names("limits").stream().map(this::rule).toList());
    }

    private Rule rule(String name) {
        String match = settings.text("limits." + name + ".match");
        return Rule.of(match.isEmpty() ? name : match, limit(name, "limits." + name + "."));
    }

    /** What is not said of a limit is as for all others. */
    private Limit limit(String name, String section) {
        UnaryOperator<String> key =
                setting -> settings.text(section + setting).isEmpty() ? "limit." + setting : section + setting;
        return new Limit(
                name,
                RequestRate.of(settings, section),
                settings.whole(key.apply("tokens-per-minute"), 1, Limit.MAX_TOKENS_PER_MINUTE),
                settings.millis(key.apply("burst-ms"), 0),
                settings.yes(key.apply("refund-unused-tokens")),
                settings.number(key.apply("adaptive-factor"), 0, Limit.MAX_ADAPTIVE_FACTOR));
    }

    private Map<String, Double> weights() {
        Map<String, Double> weights = new HashMap<>(RestBeans.weights(settings));
        for (String name : names("tenants")) {
            weights.put(name, settings.number("tenants." + name + ".weight", LEAST_WEIGHT, MOST_WEIGHT));
        }
        return weights;
    }

    /** The names that the configuration gives below a section, in files or as overrides. */
    private List<String> names(String section) {
        return camel
                .getPropertiesComponent()
                .loadProperties(key -> key.startsWith(section + "."))
                .stringPropertyNames()
                .stream()
                .map(NAMED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(2))
                .distinct()
                .sorted()
                .toList();
    }
}
