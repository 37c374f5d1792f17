package dev.sluice.jms;

import dev.sluice.intake.Request;
import dev.sluice.intake.Tally;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsConstants;
import org.apache.camel.support.DefaultMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the chat completion the answer message of a request: text, to {@code JMSReplyTo} if there was one, under the
 * request's correlation id, with its sender's own properties.
 */
public final class JmsAnswer implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(JmsAnswer.class);

    private final Answered answered;
    private final Tally tally;

    public JmsAnswer(Answered answered, Tally tally) {
        this.answered = answered;
        this.tally = tally;
    }

    @Override
    public void process(Exchange exchange) throws DuplicateRequestException {
        JmsRequest request = JmsRequest.of(exchange);
        answered.claim(request);
        byte[] answer = Objects.requireNonNull(exchange.getMessage().getBody(byte[].class), "answer");
        String id = Request.id(exchange);
        Message message = new DefaultMessage(exchange);
        message.setBody(new String(answer, StandardCharsets.UTF_8));
        message.setHeaders(request.forAnswer());
        message.setHeader(JmsConstants.JMS_HEADER_CORRELATION_ID, request.correlationId());
        message.setHeader(Request.ID_HEADER, id);
        if (request.collector() != null) {
            message.setHeader(JmsRequest.COLLECTOR, request.collector());
            message.setHeader(DeadLetterProperties.ATTEMPTS, Request.attempts(exchange));
            message.setHeader(Answer.UPSTREAM_ID, Answer.upstreamId(exchange));
        }
        if (request.replyTo() != null) {
            message.setHeader(JmsConstants.JMS_DESTINATION, request.replyTo());
        }
        exchange.setMessage(message);
        tally.answered("jms");
        LOG.info(
                "request={} answered to={} attempts={} ms={}",
                id,
                request.replyTo() == null ? "response-queue" : request.replyTo(),
                Request.attempts(exchange),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - request.nanos()));
    }
}
