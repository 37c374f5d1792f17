package dev.sluice.jms;

import dev.sluice.intake.Api;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.Request;
import dev.sluice.intake.Sender;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsConstants;
import org.apache.camel.support.DefaultMessage;

/**
 * Makes a checked message a request for the queue. Its correlation id follows from where the message comes from and what it
 * says, so it is the same however often it is sent, whoever sends it; nodes notice by it what they have answered.
 */
public final class AskQueue implements Processor {
    static final String ID = "SluiceDispatchId";
    /** Whether the request is to be sent: not if its answer is here already. */
    static final String SEND = "SluiceDispatchSend";

    private final Waiting waiting;
    private final String collector;
    private final String answers;

    /**
     * @param collector who collects the answers; by this name they are told from those of others in the same queue
     * @param answers the queue that answers come by
     */
    public AskQueue(Waiting waiting, String collector, String answers) {
        this.waiting = waiting;
        this.collector = collector;
        this.answers = answers;
    }

    @Override
    public void process(Exchange exchange) throws CollectorStoppedException {
        Request request = Request.of(exchange);
        String id = id(exchange, request);
        exchange.setProperty(ID, id);
        exchange.setProperty(SEND, !waiting.has(id));
        Sender sender = Sender.of(exchange);
        Message message = new DefaultMessage(exchange);
        message.setBody(new String(request.body(), StandardCharsets.UTF_8));
        message.setHeader(Request.ID_HEADER, id);
        message.setHeader(JmsConstants.JMS_HEADER_CORRELATION_ID, id);
        message.setHeader(JmsConstants.JMS_HEADER_REPLY_TO, "queue:" + answers);
        message.setHeader(JmsConstants.JMS_HEADER_PRIORITY, sender.priority());
        message.setHeader(JmsRequest.TENANT, sender.tenant());
        message.setHeader(JmsRequest.COLLECTOR, collector);
        if (request.api() != Api.CHAT) {
            message.setHeader(JmsRequest.API, request.api().url());
        }
        Instant deadline = exchange.getProperty(IntakeProperties.DEADLINE, Instant.class);
        if (deadline != null) {
            message.setHeader(JmsRequest.DEADLINE, deadline.toEpochMilli());
        }
        exchange.setMessage(message);
    }

    private String id(Exchange exchange, Request request) {
        String identity =
                Objects.requireNonNullElse(exchange.getProperty(IntakeProperties.IDENTITY, String.class), request.id());
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : new byte[][] {
                collector.getBytes(StandardCharsets.UTF_8), identity.getBytes(StandardCharsets.UTF_8), request.body()
            }) {
                digest.update(part);
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
