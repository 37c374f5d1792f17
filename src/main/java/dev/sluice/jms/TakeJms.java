package dev.sluice.jms;

import dev.sluice.intake.Api;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import dev.sluice.intake.Tally;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.DefaultMessage;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * The queue intake's first step: takes a message in hand. Its tenant and its priority go to the limiter, its pieces to the
 * piece queue; what else comes with it steers nothing. It goes no further if it has expired, if it was answered before, or
 * if it has come too often: a message that brings the process down would do so for ever.
 *
 * <p>From here on the exchange stays on its consumer's thread: its session is bound to it, so that everything that is sent
 * belongs to the transaction in which the message was taken.
 */
public final class TakeJms implements Processor {
    static final String CORRELATION_ID = "SluiceCorrelationId";
    private static final String PIECES_TO = "deliver-piece-jms";
    private static final int CRASHES = 3;

    private final InHand inHand;
    private final Answered answered;
    private final int maxDeliveries;
    private final Tally tally;
    private final Clock clock;

    /** @param maxDeliveries how often a message is taken at most ({@code jms.max-deliveries}) */
    public TakeJms(InHand inHand, Answered answered, int maxDeliveries, Tally tally, Clock clock) {
        this.inHand = inHand;
        this.answered = answered;
        this.maxDeliveries = maxDeliveries;
        this.tally = tally;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, SluiceException {
        Message message = Objects.requireNonNull(exchange.getIn(JmsMessage.class), "not a message of a queue")
                .getJmsMessage();
        JmsRequest request = JmsRequest.of(message);
        request.on(exchange);
        exchange.getExchangeExtension().setTransacted(true);
        exchange.setMessage(new DefaultMessage(exchange));
        exchange.getMessage().setHeader(Request.ID_HEADER, request.requestId(exchange));
        exchange.setProperty(CORRELATION_ID, request.correlationId());
        if (request.collector() == null) {
            exchange.setProperty(IntakeProperties.PIECES_TO, PIECES_TO);
        } else {
            dispatched(message, exchange);
        }
        exchange.setProperty(IntakeProperties.TENANT, message.getStringProperty(JmsRequest.TENANT));
        exchange.setProperty(IntakeProperties.PRIORITY, message.getJMSPriority());
        if (message.getJMSExpiration() > 0) {
            exchange.setProperty(IntakeProperties.DEADLINE, Instant.ofEpochMilli(message.getJMSExpiration()));
        }
        tally.begin();
        refuseExpired(message);
        refuseTooOften(request);
        answered.refuseOthers(request);
        hold(request, exchange);
    }

    /** What its intake has said of it elsewhere. */
    private static void dispatched(Message message, Exchange exchange) throws JMSException {
        String url = message.getStringProperty(JmsRequest.API);
        exchange.setProperty(
                Request.API_PROPERTY, url == null ? Api.CHAT : Api.ofUrl(url).orElse(Api.CHAT));
        if (message.propertyExists(JmsRequest.DEADLINE)) {
            exchange.setProperty(
                    IntakeProperties.DEADLINE, Instant.ofEpochMilli(message.getLongProperty(JmsRequest.DEADLINE)));
        }
    }

    private void hold(JmsRequest request, Exchange exchange) {
        inHand.begin(request.messageId());
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                inHand.end(request.messageId());
            }
        });
    }

    /** The broker expires what waits; this is for what expired on its way here. */
    private void refuseExpired(Message message) throws JMSException, InvalidMessageException {
        long expires = message.getJMSExpiration();
        if (expires > 0 && expires <= clock.millis()) {
            throw new InvalidMessageException(
                    408,
                    "expired",
                    "the message expired at %s, before it was called".formatted(Instant.ofEpochMilli(expires)));
        }
    }

    private void refuseTooOften(JmsRequest request) throws InvalidMessageException {
        int crashes = inHand.crashes(request.messageId());
        if (crashes >= CRASHES) {
            inHand.end(request.messageId());
            throw new InvalidMessageException(
                    500,
                    "crashed_repeatedly",
                    "Sluice ended %d times while it had this message in hand; look what is special about it"
                            .formatted(crashes));
        }
        if (request.deliveries() > maxDeliveries) {
            throw new InvalidMessageException(
                    500,
                    "delivered_too_often",
                    "taken %d times without an end, jms.max-deliveries=%d; the log says why it went back"
                            .formatted(request.deliveries() - 1, maxDeliveries));
        }
    }
}
