package dev.sluice.call;

import java.util.Locale;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Which headers cross the border to the upstream. Out: an allow-list, since a message carries headers of its source that
 * are nobody else's business. In: everything but names that steer Camel or Sluice.
 */
public final class UpstreamHeaders implements HeaderFilterStrategy {
    private static final Set<String> ALLOWED = Set.of("content-type", "accept", "user-agent");

    @Override
    public boolean applyFilterToCamelHeaders(String name, @Nullable Object value, Exchange exchange) {
        return !ALLOWED.contains(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, @Nullable Object value, Exchange exchange) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith("camel") || lower.startsWith("org.apache.camel") || lower.startsWith("sluice");
    }
}
