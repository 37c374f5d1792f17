package dev.sluice.jms;

import dev.sluice.intake.FailureRecord;
import dev.sluice.intake.SluiceException;
import dev.sluice.intake.Tally;
import jakarta.jms.JMSException;
import jakarta.jms.MessageFormatException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsConstants;
import org.apache.camel.support.DefaultMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Decides what becomes of a request without an answer; the property {@value #ENDING} tells the route:
 *
 * <ul>
 *   <li>{@link Ending#PARK}: the upstream said when to ask again; the request goes back to its queue until then.
 *   <li>{@link Ending#BACK}: nothing is wrong with it, Sluice stops or the broker is away; the transaction is rolled back.
 *   <li>{@link Ending#DROP}: it is a duplicate, see {@link Answered}.
 *   <li>{@link Ending#DEAD}: everything else. The message is made a dead letter: body and properties as they were, with
 *       the reason beside them, see {@link DeadLetterProperties}.
 * </ul>
 */
public final class JmsFailure implements Processor {
    static final String ENDING = "SluiceJmsEnding";
    static final String NOT_BEFORE = "SluiceNotBefore";

    private static final Logger LOG = LoggerFactory.getLogger(JmsFailure.class);

    private final Answered answered;
    private final Tally tally;
    private final Clock clock;

    public JmsFailure(Answered answered, Tally tally, Clock clock) {
        this.answered = answered;
        this.tally = tally;
        this.clock = clock;
    }

    /** Where a request goes that has no answer. */
    enum Ending {
        PARK,
        BACK,
        DROP,
        DEAD
    }

    @Override
    public void process(Exchange exchange) {
        Exception failure = Objects.requireNonNull(
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed");
        FailureRecord error = FailureRecord.of(exchange, failure, clock.instant());
        Optional<Instant> retryAt = failure instanceof SluiceException e ? e.retryAt() : Optional.empty();
        if (retryAt.isPresent()) {
            exchange.setProperty(NOT_BEFORE, retryAt.get());
            end(exchange, Ending.PARK);
            LOG.atLevel(error.code().equals("upstream_down") ? Level.DEBUG : Level.INFO) // an outage has its own line
                    .log("request={} parked until={} {}", error.requestId(), retryAt.get(), error.logFields());
        } else if (error.retryable() && exchange.getContext().isStopping()) {
            end(exchange, Ending.BACK);
        } else if (isBrokers(failure)) {
            end(exchange, Ending.BACK);
            LOG.warn("request={} back in its queue, its end could not be sent: {}", error.requestId(), error.message());
        } else if (failure instanceof DuplicateRequestException) {
            end(exchange, Ending.DROP);
            LOG.info("request={} dropped {}", error.requestId(), error.logFields());
        } else {
            answered.release(JmsRequest.of(exchange));
            exchange.setMessage(deadLetter(exchange, error));
            end(exchange, Ending.DEAD);
            tally.failed("jms");
            LOG.info("request={} failed {}", error.requestId(), error.logFields());
        }
    }

    private static void end(Exchange exchange, Ending ending) {
        exchange.setProperty(ENDING, ending.name());
    }

    private static Message deadLetter(Exchange exchange, FailureRecord error) {
        JmsRequest request = JmsRequest.of(exchange);
        Message letter = new DefaultMessage(exchange);
        letter.setBody(request.collector() == null ? request.original() : error.message());
        letter.setHeaders(new HashMap<>(request.properties()));
        letter.setHeader(JmsConstants.JMS_HEADER_CORRELATION_ID, request.correlationId());
        DeadLetterProperties.of(error).forEach(letter::setHeader);
        if (request.collector() != null) { // who has dispatched it keeps what it is, and wants to know
            letter.setHeader(JmsConstants.JMS_DESTINATION, request.replyTo());
            letter.setHeader(Answer.RETRYABLE, error.retryable());
        }
        return letter;
    }

    /** Whether the broker, not the request, is what failed. */
    private static boolean isBrokers(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MessageFormatException) {
                return false; // a property of the message is not what it should be: it would come back for ever
            }
            if (cause instanceof JMSException || cause instanceof org.springframework.jms.JmsException) {
                return true;
            }
        }
        return false;
    }
}
