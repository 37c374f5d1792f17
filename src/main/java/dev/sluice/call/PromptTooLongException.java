package dev.sluice.call;

/**
 * The prompt is too long for the model that was asked, and a larger one is configured: redelivered by
 * {@code failures.camel.yaml} to that one. If no attempt is left, it ends as what it is: a request that is wrong.
 */
public final class PromptTooLongException extends UpstreamException {
    private final String largerModel;

    /** @param largerModel the one that takes the place of the model that was asked */
    PromptTooLongException(int status, String code, String message, String largerModel) {
        super(status, code, message);
        this.largerModel = largerModel;
    }

    String largerModel() {
        return largerModel;
    }

    @Override
    public boolean retryable() {
        return false;
    }
}
