package dev.sluice.batch;

/** Another process, or another batch of this one, is at work on the same files. */
public final class BatchBusyException extends BatchRefusedException {

    BatchBusyException(String message) {
        super(message);
    }
}
