package dev.sluice.split;

import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.SluiceException;
import java.util.Objects;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** Ends a split as soon as one of its pieces could not be delivered; leaves the message that is split as it is. */
public final class PieceDelivered implements AggregationStrategy {

    @Override
    public @Nullable Exchange aggregate(@Nullable Exchange before, @Nullable Exchange delivered) {
        Exchange piece = Objects.requireNonNull(delivered, "delivered");
        Exception failure = piece.getException();
        PieceStream pieces = PieceStream.of(piece);
        if (failure != null && pieces != null) {
            pieces.giveUp(
                    failure instanceof SluiceException
                            ? failure
                            : new PieceNotDeliveredException(
                                    String.valueOf(piece.getProperty(IntakeProperties.PIECES_TO)), failure));
        }
        return null;
    }
}
