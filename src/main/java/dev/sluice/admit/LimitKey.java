package dev.sluice.admit;

import dev.sluice.intake.Request;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;

/**
 * Names the limit that a call is charged to ({@code limit.key}).
 *
 * <p>A plain name is one limit for everything, except for what has a limit of its own: a call whose
 * {@code <upstream>:<model>} fits {@code limits.<name>.match} is charged to the limit {@code <name>}. An expression in
 * Camel's Simple language, such as {@code ${exchangeProperty.SluiceUpstream}:${exchangeProperty.SluiceModel}}, makes each of
 * its values a limit of its own; without a value, the limit is {@value #DEFAULT}.
 *
 * <p>Whatever an expression says is made a word first, see {@link Names}. Thread-safe.
 */
public final class LimitKey implements Function<Exchange, String> {
    /** Exchange property with host and port of the upstream; set here unless a route has. */
    public static final String UPSTREAM = "SluiceUpstream";
    /** Exchange property with the model that the request names. */
    public static final String MODEL = "SluiceModel";

    static final String DEFAULT = "default";

    private final LimitRules rules;
    private final String upstream;
    private final Function<Exchange, String> key;

    /**
     * @param key {@code limit.key}, a plain name or an expression
     * @param upstream where calls go, for {@value #UPSTREAM}
     */
    public LimitKey(CamelContext camel, String key, LimitRules rules, String upstream) {
        this.rules = rules;
        this.upstream = upstream;
        this.key = isExpression(key) ? evaluated(camel, key) : exchange -> chargedTo(exchange, key);
    }

    /** Whether the key is chosen for each message. */
    public static boolean isExpression(String key) {
        return key.contains("${");
    }

    @Override
    public String apply(Exchange exchange) {
        if (exchange.getProperty(UPSTREAM) == null) {
            exchange.setProperty(UPSTREAM, upstream);
        }
        exchange.setProperty(MODEL, Request.of(exchange).model());
        return key.apply(exchange);
    }

    private String chargedTo(Exchange exchange, String plain) {
        String call = exchange.getProperty(UPSTREAM, String.class) + ":" + exchange.getProperty(MODEL, String.class);
        return rules.named(call).orElse(plain);
    }

    private static Function<Exchange, String> evaluated(CamelContext camel, String text) {
        Expression expression = camel.resolveLanguage("simple").createExpression(text);
        expression.init(camel);
        return exchange -> {
            String value = expression.evaluate(exchange, String.class);
            String word = value == null ? "" : Names.word(value);
            return word.isEmpty() ? DEFAULT : word;
        };
    }
}
