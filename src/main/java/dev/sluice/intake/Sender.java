package dev.sluice.intake;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/**
 * Whose message it is and how urgent, as the intake said: the exchange properties {@value #TENANT} and
 * {@value #PRIORITY}. They are properties, not headers, so that nobody outside can set them by the way.
 *
 * @param tenant one word of at most 64 letters, digits and {@code . _ - @}; {@value #NOBODY} if the intake did not say
 * @param priority 0 to 9; the higher, the more urgent; 4 if the intake did not say
 */
public record Sender(String tenant, int priority) {
    /** Who shares the limit with others ({@code tenants.<name>.weight}); a text. */
    public static final String TENANT = "SluiceTenant";
    /** How urgent the message is; a whole number from 0 to 9. */
    public static final String PRIORITY = "SluicePriority";

    /** The tenant of messages that name none. */
    public static final String NOBODY = "default";

    public static final int LEAST = 0;
    public static final int USUAL = 4;
    public static final int MOST = 9;

    private static final Pattern NOT_OF_A_WORD = Pattern.compile("[^A-Za-z0-9._@-]");
    private static final int MOST_TENANTS = 1_000;
    private static final int LONGEST = 64;
    private static final String OTHERS = "others";
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    /** The sender of an exchange; what is out of range or not a word is taken for the nearest that is not. */
    public static Sender of(Exchange exchange) {
        Integer priority = exchange.getProperty(PRIORITY, Integer.class);
        String tenant = exchange.getProperty(TENANT, String.class);
        return new Sender(
                tenant == null ? NOBODY : known(word(tenant)),
                priority == null ? USUAL : Math.max(LEAST, Math.min(MOST, priority)));
    }

    /** Puts what {@link #of} says on the exchange, so that routes see it too. */
    static void settle(Exchange exchange) {
        Sender sender = of(exchange);
        exchange.setProperty(TENANT, sender.tenant);
        exchange.setProperty(PRIORITY, sender.priority);
    }

    private static String word(String name) {
        String word = NOT_OF_A_WORD.matcher(name.strip()).replaceAll("_");
        return word.isEmpty() ? NOBODY : word.substring(0, Math.min(LONGEST, word.length()));
    }

    /** Whoever comes after the first thousand shares one name: each is remembered, and has a share of its own. */
    private static String known(String word) {
        if (SEEN.contains(word)) {
            return word;
        }
        return SEEN.size() < MOST_TENANTS && SEEN.add(word) || SEEN.contains(word) ? word : OTHERS;
    }
}
