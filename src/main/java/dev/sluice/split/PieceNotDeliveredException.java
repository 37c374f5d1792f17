package dev.sluice.split;

import dev.sluice.intake.SluiceException;

/** The pieces of an answer could not be delivered; the upstream has no part in it, so it is not called again. */
public final class PieceNotDeliveredException extends SluiceException {

    /** @param cause only its words are kept: Camel would take this for what has caused it, for a network failure say */
    PieceNotDeliveredException(String endpoint, Exception cause) {
        super(
                0,
                "piece_not_delivered",
                "direct:%s did not take a piece of the answer: %s; mend it, then send the message again"
                        .formatted(endpoint, cause));
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
