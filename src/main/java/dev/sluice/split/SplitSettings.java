package dev.sluice.split;

import dev.sluice.intake.IntakeProperties;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.TypeConversionException;

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

    /**
     * As the intake of an exchange wants it.
     *
     * @throws TypeConversionException if it wants what there is not
     */
    SplitSettings with(Exchange exchange) {
        return new SplitSettings(
                Objects.requireNonNullElse(exchange.getProperty(IntakeProperties.SPLIT_UNIT, Unit.class), unit),
                Objects.requireNonNullElse(exchange.getProperty(IntakeProperties.RESTART, Restart.class), restart));
    }
}
