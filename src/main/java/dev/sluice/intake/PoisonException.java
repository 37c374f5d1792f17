package dev.sluice.intake;

/** A message that was in hand whenever the process died; see {@link Suspects}. */
public final class PoisonException extends SluiceException {

    public PoisonException() {
        super(
                0,
                "poison",
                "it was in hand at %d unexpected ends of the process, so it is not tried again by itself"
                        .formatted(Suspects.POISON));
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
