package dev.sluice.split;

import dev.sluice.intake.IntakeProperties;
import java.util.Locale;
import org.apache.camel.Exchange;

/**
 * How streamed answers are split where their intake does not say otherwise.
 *
 * @param unit what a piece is ({@code split.unit})
 * @param restart what happens when an attempt breaks after its first piece ({@code split.restart})
 */
public record SplitSettings(Unit unit, Restart restart) {

    /** What happens when an attempt breaks after its first piece. Before it, it is tried again, and nobody learns of it. */
    public enum Restart {
        /** Its pieces are declared void and it is tried again. */
        VOID,
        /** The message fails. */
        FAIL
    }

    /** As the intake of an exchange wants it. */
    SplitSettings with(Exchange exchange) {
        return new SplitSettings(
                wanted(exchange, IntakeProperties.SPLIT_UNIT, unit),
                wanted(exchange, IntakeProperties.RESTART, restart));
    }

    private static <E extends Enum<E>> E wanted(Exchange exchange, String property, E fallback) {
        String name = exchange.getProperty(property, String.class);
        return name == null
                ? fallback
                : Enum.valueOf(fallback.getDeclaringClass(), name.strip().toUpperCase(Locale.ROOT));
    }
}
