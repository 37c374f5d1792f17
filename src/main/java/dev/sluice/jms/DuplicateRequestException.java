package dev.sluice.jms;

import dev.sluice.intake.SluiceException;

/** Another message of the same request was answered: this one is dropped. */
final class DuplicateRequestException extends SluiceException {

    DuplicateRequestException(String answeredBy) {
        super(
                409,
                "duplicate",
                "the message %s with the same correlation id and body was answered".formatted(answeredBy));
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
