package dev.sluice.batch;

/** A batch cannot be begun or resumed as it was asked for; the message says why, and what to do. */
public sealed class BatchRefusedException extends Exception permits BatchBusyException {

    BatchRefusedException(String message) {
        super(message);
    }
}
