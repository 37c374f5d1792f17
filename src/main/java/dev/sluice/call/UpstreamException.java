package dev.sluice.call;

import dev.sluice.intake.SluiceException;

/** An attempt that brought no answer. */
public abstract sealed class UpstreamException extends SluiceException
        permits BrokenOffException,
                RetryableUpstreamException,
                FinalUpstreamException,
                PromptTooLongException,
                ServerWaitTooLongException {

    UpstreamException(int status, String code, String message) {
        super(status, code, message);
    }
}
