package dev.sluice.jms;

import dev.sluice.intake.FailureRecord;
import dev.sluice.intake.Request;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultMessage;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request that was dispatched to the queue.
 *
 * @param id of the request, its correlation id
 * @param body the chat completion; what went wrong in words if there is a failure
 * @param attempts how many calls were made
 * @param upstreamId the upstream's own id of the answer, empty if it gave none
 * @param failure null if it was answered
 */
record Answer(
        String id,
        String body,
        int attempts,
        String upstreamId,
        @Nullable Failure failure) {
    /** Property of an answer: {@link #upstreamId}. */
    static final String UPSTREAM_ID = "SluiceUpstreamId";
    /** Property of a failure: whether the same request may succeed later. */
    static final String RETRYABLE = "SluiceRetryable";

    private static final String UPSTREAM_HEADER = "x-request-id";

    /** Why there is no answer; {@code status} 0: without a response. */
    record Failure(int status, String code, String message, boolean retryable) {}

    static Answer of(Message message) throws JMSException {
        FailureRecord failure = DeadLetterProperties.read(message);
        return new Answer(
                Objects.requireNonNullElse(message.getJMSCorrelationID(), ""),
                new String(JmsRequest.bytes(message), StandardCharsets.UTF_8),
                failure.attempts(),
                Objects.requireNonNullElse(message.getStringProperty(UPSTREAM_ID), ""),
                DeadLetterProperties.isLetter(message)
                        ? new Failure(
                                failure.status(),
                                failure.code(),
                                failure.message(),
                                message.getBooleanProperty(RETRYABLE))
                        : null);
    }

    /** Has the exchange go on as if it had made the call itself. */
    void on(Exchange exchange) {
        exchange.setProperty(Request.ATTEMPT_HEADER, attempts);
        if (failure != null) {
            exchange.setException(new DispatchedFailureException(failure));
            return;
        }
        org.apache.camel.Message message = new DefaultMessage(exchange);
        message.setHeader(Request.ID_HEADER, Request.id(exchange));
        if (!upstreamId.isEmpty()) {
            message.setHeader(UPSTREAM_HEADER, upstreamId);
        }
        message.setBody(body.getBytes(StandardCharsets.UTF_8));
        exchange.setMessage(message);
    }

    /** The upstream's id of the answer that is on an exchange; null if it gave none. */
    static @Nullable String upstreamId(Exchange exchange) {
        return exchange.getMessage().getHeader(UPSTREAM_HEADER, String.class);
    }
}
