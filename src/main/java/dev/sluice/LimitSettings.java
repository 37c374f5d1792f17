package dev.sluice;

import dev.sluice.admit.InFlight;
import dev.sluice.admit.Limit;
import dev.sluice.admit.LimitKey;
import dev.sluice.admit.LimitRules;
import dev.sluice.admit.LimitRules.Rule;
import dev.sluice.admit.TokenEstimate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.spi.PropertiesComponent;

/** What the configuration says of limits: {@code limit.*}, {@code limits.<name>.*} and {@code tenants.<name>.*}. */
final class LimitSettings {
    private static final Pattern NAMED = Pattern.compile("(limits|tenants)\\.(.+)\\.[^.]+");
    private static final double LEAST_WEIGHT = 0.01;
    private static final double MOST_WEIGHT = 1_000;

    private final Settings settings;
    private final PropertiesComponent properties;

    /** @param properties that the settings come from */
    LimitSettings(Settings settings, PropertiesComponent properties) {
        this.settings = settings;
        this.properties = properties;
    }

    /** Of the limit that all others start from. */
    static long tokensPerMinute(Settings settings) {
        return settings.whole("limit.tokens-per-minute", 1, Limit.MAX_TOKENS_PER_MINUTE);
    }

    static TokenEstimate estimate(Settings settings) {
        return new TokenEstimate(settings.integer("limit.assumed-completion-tokens", 0, Integer.MAX_VALUE));
    }

    /** What each limit allows. */
    LimitRules rules() {
        String key = settings.text("limit.key");
        Limit others = limit(LimitKey.isExpression(key) ? "others" : key, "limit.");
        return new LimitRules(others, names("limits").stream().map(this::rule).toList());
    }

    /** How many calls may be in flight; empty if that is not looked after. */
    Optional<InFlight.Bounds> inFlight() {
        int max = settings.integer("limit.max-in-flight", 0, 1_000_000);
        int min = settings.integer("limit.min-in-flight", 1, 1_000_000);
        return max == 0 ? Optional.empty() : Optional.of(new InFlight.Bounds(Math.min(min, max), max));
    }

    /** The weights of the tenants that have one. */
    Map<String, Double> weights() {
        Map<String, Double> weights = new HashMap<>(RestBeans.weights(settings));
        for (String name : names("tenants")) {
            weights.put(name, settings.number("tenants." + name + ".weight", LEAST_WEIGHT, MOST_WEIGHT));
        }
        return weights;
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

    /** The names that the configuration gives below a section, in files or as overrides. */
    private List<String> names(String section) {
        return properties.loadProperties(key -> key.startsWith(section + ".")).stringPropertyNames().stream()
                .map(NAMED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(2))
                .distinct()
                .sorted()
                .toList();
    }
}
