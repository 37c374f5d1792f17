package dev.sluice.split;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.sluice.call.AnswerJson;
import dev.sluice.call.ErrorBody;
import dev.sluice.call.FinalUpstreamException;
import dev.sluice.call.Judge;
import dev.sluice.call.SseReader;
import dev.sluice.call.Streams;
import dev.sluice.call.UpstreamException;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Reads a streamed answer to its end and makes it the chat completion that it is. A body that is no stream is left
 * alone.
 *
 * <p>The answer is complete when {@code [DONE]} came, or when every choice that was begun has a {@code finish_reason}
 * and the body ended cleanly; anything else, an empty stream too, is truncated: a failure, never a short answer.
 */
public final class Assemble implements Processor {
    private static final String DONE = "[DONE]";

    private final Judge judge;
    private final ScheduledExecutorService timer;
    private final int maxEventBytes;
    private final int maxBytes;

    /**
     * @param maxEventBytes the longest event that is read
     * @param maxBytes the longest stream that is read ({@code upstream.max-answer-bytes}), comments included
     */
    public Assemble(Judge judge, ScheduledExecutorService timer, int maxEventBytes, int maxBytes) {
        this.judge = judge;
        this.timer = timer;
        this.maxEventBytes = maxEventBytes;
        this.maxBytes = maxBytes;
    }

    @Override
    public void process(Exchange exchange) throws IOException, UpstreamException {
        if (exchange.getMessage().getBody() instanceof InputStream stream) {
            exchange.getMessage().setBody(Request.of(exchange).body()); // what a failure keeps is the request
            boolean complete = false;
            try {
                CompletionAssembler answer = read(exchange, stream);
                complete = true;
                judge.answered(exchange, answer.usage());
                exchange.getMessage().setBody(answer.completion().toString().getBytes(StandardCharsets.UTF_8));
                exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
            } catch (Bounded.TooLongException e) {
                throw tooLarge("the stream is longer than upstream.max-answer-bytes=" + maxBytes);
            } catch (SseReader.EventTooLongException e) {
                throw tooLarge("an event of the stream is longer than " + maxEventBytes + " bytes");
            } finally {
                if (complete) {
                    Streams.finish(stream, timer);
                } else {
                    Streams.abort(stream);
                }
            }
        }
    }

    /** Reads until the answer is complete, and not further. */
    private CompletionAssembler read(Exchange exchange, InputStream stream) throws IOException, UpstreamException {
        CompletionAssembler answer = new CompletionAssembler();
        SseReader events = new SseReader(new Bounded(stream, maxBytes), maxEventBytes);
        for (SseReader.Event event = events.next(); event != null; event = events.next()) {
            if (event.data().strip().equals(DONE)) {
                requireComplete(answer, answer.anyChoice(), "before its first choice");
                return answer;
            }
            JsonNode chunk = parse(event, answer);
            if (event.name().equals("error") || ErrorBody.isError(chunk)) {
                throw judge.refused(exchange, 200, ErrorBody.ofError(chunk));
            }
            answer.add(chunk);
        }
        requireComplete(answer, answer.allFinished(), "before [DONE] and before every choice had a finish_reason");
        return answer;
    }

    private static FinalUpstreamException tooLarge(String what) {
        return new FinalUpstreamException(200, "answer_too_large", what);
    }

    private void requireComplete(CompletionAssembler answer, boolean complete, String when) throws UpstreamException {
        if (!complete) {
            throw judge.truncated("the stream ended " + when);
        }
        if (answer.endedInError()) {
            throw judge.truncated("the stream ended with finish_reason=error");
        }
    }

    private JsonNode parse(SseReader.Event event, CompletionAssembler answer) throws UpstreamException {
        try {
            return AnswerJson.parse(event.data());
        } catch (JsonProcessingException e) {
            if (!event.terminated() && answer.allFinished()) {
                return MissingNode.getInstance(); // half an event after the end takes nothing away
            }
            throw judge.truncated("the stream holds a chunk that is not JSON");
        }
    }
}
