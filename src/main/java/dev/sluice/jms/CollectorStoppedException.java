package dev.sluice.jms;

import dev.sluice.intake.SluiceException;

/** The process stops while a request that was dispatched is still without its answer, which the queue keeps. */
final class CollectorStoppedException extends SluiceException {

    CollectorStoppedException() {
        super(0, "stopping", "Sluice stops; the answer stays in its queue until it is started again");
    }

    @Override
    public boolean retryable() {
        return true;
    }
}
