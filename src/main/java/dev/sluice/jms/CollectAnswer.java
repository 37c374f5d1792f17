package dev.sluice.jms;

import jakarta.jms.JMSException;
import java.io.IOException;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes an answer off its queue: gives it to the message that waits for it, and returns when that has its end on disk. An answer
 * that comes before its message is kept aside.
 */
public final class CollectAnswer implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(CollectAnswer.class);
    private static final Pattern OURS = Pattern.compile("[0-9a-f]{32}");

    private final Waiting waiting;

    public CollectAnswer(Waiting waiting) {
        this.waiting = waiting;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, IOException, InterruptedException {
        Answer answer = Answer.of(Objects.requireNonNull(exchange.getIn(JmsMessage.class), "not a message of a queue")
                .getJmsMessage());
        if (!OURS.matcher(answer.id()).matches()) {
            LOG.warn("an answer under the correlation id '{}' is dropped: no request has it", answer.id());
        } else if (!waiting.came(answer)) {
            LOG.debug("request={} has come before its message, or twice", answer.id());
        }
    }
}
