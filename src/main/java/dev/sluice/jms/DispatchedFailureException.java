package dev.sluice.jms;

import dev.sluice.intake.SluiceException;

/** A request that was dispatched to the queue has no answer; the node that took it says why. */
final class DispatchedFailureException extends SluiceException {
    private final boolean retryable;

    DispatchedFailureException(Answer.Failure failure) {
        super(failure.status(), failure.code(), failure.message());
        this.retryable = failure.retryable();
    }

    @Override
    public boolean retryable() {
        return retryable;
    }
}
