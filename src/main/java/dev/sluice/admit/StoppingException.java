package dev.sluice.admit;

import dev.sluice.intake.SluiceException;

/** Sluice stops; the message was not called and stays where it came from. */
public final class StoppingException extends SluiceException {

    public StoppingException() {
        super(503, "stopping", "Sluice is stopping; the message was not sent");
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
