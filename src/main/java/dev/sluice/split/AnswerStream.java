package dev.sluice.split;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.admit.Admission;
import dev.sluice.call.AnswerJson;
import dev.sluice.call.ErrorBody;
import dev.sluice.call.FinalUpstreamException;
import dev.sluice.call.Judge;
import dev.sluice.call.SseReader;
import dev.sluice.call.Streams;
import dev.sluice.call.UpstreamException;
import dev.sluice.intake.Api;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer, chunk by chunk. It ends in one of three ways: complete (as {@link Completeness} says), truncated, or
 * refused by an error inside it. Anything that is not complete, an empty stream too, is an exception, never a short answer.
 *
 * <p>Tells the permit what was used, as soon as that is known. Reads until the answer is complete and not further.
 */
public final class AnswerStream implements Chunks {
    private static final String DONE = "[DONE]";

    private final Exchange exchange;
    private final InputStream stream;
    private final SseReader events;
    private final Rules rules;
    private final StreamedAnswer answer;
    private final Heard heard = new Heard();

    /**
     * How streams are read.
     *
     * @param judge says what an attempt came to
     * @param timer ends the patience with a server that holds its connection open
     * @param maxEventBytes the longest event that is read ({@code upstream.max-event-bytes})
     * @param maxBytes the longest stream that is read ({@code upstream.max-answer-bytes}), comments included
     * @param complete what makes an answer complete
     */
    public record Rules(
            Judge judge, ScheduledExecutorService timer, int maxEventBytes, int maxBytes, Completeness complete) {}

    /** @param words whether {@link #completion()} has what the answer says, besides how it ended and what it used */
    AnswerStream(Exchange exchange, InputStream stream, Rules rules, boolean words) {
        this.exchange = exchange;
        this.stream = stream;
        this.rules = rules;
        Api api = Request.of(exchange).api();
        this.answer = api == Api.RESPONSES ? new ResponseAssembler() : new CompletionAssembler(api == Api.CHAT, words);
        this.events = new SseReader(new Bounded(stream, rules.maxBytes), rules.maxEventBytes);
    }

    @Override
    public @Nullable Chunk next() throws IOException, UpstreamException {
        try {
            return read();
        } catch (Bounded.TooLongException e) {
            throw tooLarge("the stream is longer than upstream.max-answer-bytes=" + rules.maxBytes);
        } catch (SseReader.EventTooLongException e) {
            throw tooLarge("an event of the stream is longer than upstream.max-event-bytes=" + rules.maxEventBytes);
        }
    }

    /** The completion so far; once the answer is complete, what the upstream would have sent without streaming. */
    ObjectNode completion() {
        return answer.whole();
    }

    @Override
    public void finish() {
        Streams.finish(stream, rules.timer);
    }

    /** What came of it is what its permit has used, however it ends. */
    @Override
    public void abort() {
        Streams.abort(stream);
        tellWhatWasUsed();
    }

    private void tellWhatWasUsed() {
        Request request = Request.of(exchange);
        Admission.used(exchange, Judge.totalTokens(answer.usage()), () -> heard.tokens(request.json()));
    }

    private @Nullable Chunk read() throws IOException, UpstreamException {
        if (answer.saidItsLast()) {
            return ended();
        }
        for (SseReader.Event event = events.next(); event != null; event = events.next()) {
            if (event.data().strip().equals(DONE)) {
                require(answer.begun(), "before its first choice");
                require(
                        rules.complete.finishMayBeMissing() || answer.finished(),
                        "before every choice had a finish_reason");
                return ended();
            }
            JsonNode chunk = parse(event);
            if (event.name().equals("error") || ErrorBody.isError(chunk)) {
                throw rules.judge.refused(exchange, 200, ErrorBody.ofError(chunk));
            }
            if (ErrorBody.isError(chunk.path("response"))) { // response.failed
                throw rules.judge.refused(exchange, 200, ErrorBody.ofError(chunk.path("response")));
            }
            if (!chunk.isMissingNode()) {
                answer.add(chunk);
                heard.add(chunk);
                return new Chunk(event.data(), chunk);
            }
        }
        require(rules.complete.doneMayBeMissing(), "before [DONE]");
        require(answer.finished(), "before [DONE] and before every choice had a finish_reason");
        return ended();
    }

    private @Nullable Chunk ended() throws UpstreamException {
        require(!answer.endedInError(), "with finish_reason=error");
        rules.judge.answered(exchange, answer.usage());
        tellWhatWasUsed();
        return null;
    }

    private void require(boolean complete, String ended) throws UpstreamException {
        if (!complete) {
            throw rules.judge.truncated("the stream ended " + ended);
        }
    }

    private JsonNode parse(SseReader.Event event) throws UpstreamException {
        try {
            return AnswerJson.parse(event.data());
        } catch (JsonProcessingException e) {
            if (!event.terminated() && answer.finished()) {
                return MissingNode.getInstance(); // half an event after the end takes nothing away
            }
            throw rules.judge.truncated("the stream holds a chunk that is not JSON");
        }
    }

    private static FinalUpstreamException tooLarge(String what) {
        return new FinalUpstreamException(200, "answer_too_large", what);
    }
}
