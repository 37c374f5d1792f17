package dev.sluice.call;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.admit.Admission;
import dev.sluice.intake.Api;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.Locale;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.jspecify.annotations.Nullable;

/**
 * Reads the upstream's response. An answer in JSON becomes the body, byte for byte as it came; an event stream
 * stays a live stream for the next step; everything else is an exception that says whether a retry can help.
 */
public final class ReadAnswer implements Processor {
    private static final int MAX_ERROR_BYTES = 1024 * 1024;

    private final Judge judge;
    private final RateHeaders rateHeaders;
    private final Clock clock;
    private final int maxBytes;

    /** @param maxBytes the largest answer that is read, less than 2 GiB ({@code upstream.max-answer-bytes}) */
    public ReadAnswer(Judge judge, RateHeaders rateHeaders, Clock clock, int maxBytes) {
        this.judge = judge;
        this.rateHeaders = rateHeaders;
        this.clock = clock;
        this.maxBytes = maxBytes;
    }

    @Override
    public void process(Exchange exchange) throws IOException, UpstreamException {
        Message response = exchange.getMessage();
        // camel-http has noted what the content type says, and Camel would write strings by it; but JSON and events
        // are UTF-8, whatever they are called
        exchange.removeProperty(ExchangePropertyKey.CHARSET_NAME);
        int status = Objects.requireNonNull(
                response.getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class), "no response to read");
        Admission.hears(exchange, rateHeaders.hints(name -> response.getHeader(name, String.class), clock.instant()));
        InputStream body = response.getBody(InputStream.class);
        response.setBody(Request.of(exchange).body()); // what a failure keeps is the request, never half an answer
        if (status < 200 || status > 299) {
            throw judge.refused(exchange, status, ErrorBody.parse(errorBody(exchange, body)));
        }
        response.setBody(
                body != null && isEventStream(response.getHeader(Exchange.CONTENT_TYPE, String.class))
                        ? body
                        : completion(exchange, read(body, maxBytes + 1)));
    }

    /** Whether a response of this content type is a stream of server-sent events. */
    static boolean isEventStream(@Nullable String contentType) {
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
    }

    private byte[] completion(Exchange exchange, byte[] body) throws UpstreamException {
        if (body.length > maxBytes) {
            throw new FinalUpstreamException(
                    200, "answer_too_large", "the answer is longer than upstream.max-answer-bytes=" + maxBytes);
        }
        JsonNode json;
        try {
            json = AnswerJson.parse(body);
        } catch (IOException e) {
            String reason = e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.getMessage();
            throw judge.truncated("the answer (%d bytes) is not whole JSON: %s".formatted(body.length, reason));
        }
        if (ErrorBody.isError(json)) {
            throw judge.refused(exchange, 200, ErrorBody.of(json));
        }
        Api api = Request.of(exchange).api();
        String content = contentOf(api);
        boolean mayBeEmpty = api == Api.RESPONSES; // its status says how it ended
        if (!json.path(content).isArray() || (json.path(content).isEmpty() && !mayBeEmpty)) {
            throw judge.truncated("the answer (%d bytes) has no %s".formatted(body.length, content));
        }
        for (JsonNode choice : json.path("choices")) {
            if (choice.path("finish_reason").asText().equals("error")) {
                throw judge.truncated("the answer has finish_reason=error");
            }
        }
        judge.answered(exchange, json.path("usage"));
        return body;
    }

    /** The array without which an answer answers nothing. */
    private static String contentOf(Api api) {
        return switch (api) {
            case CHAT, COMPLETIONS -> "choices";
            case EMBEDDINGS -> "data";
            case RESPONSES -> "output";
        };
    }

    /** What came of the body of an error: the status says whether a retry can help, also when the body breaks off. */
    private static byte[] errorBody(Exchange exchange, @Nullable InputStream body) throws IOException {
        try {
            return read(body, MAX_ERROR_BYTES);
        } catch (IOException e) {
            if (Cancellation.isCancelled(exchange)) {
                throw e;
            }
            return new byte[0];
        }
    }

    private static byte[] read(@Nullable InputStream body, int max) throws IOException {
        if (body == null) {
            return new byte[0];
        }
        try {
            byte[] bytes = body.readNBytes(max);
            if (bytes.length < max) {
                body.close();
            } else {
                Streams.abort(body); // more than we want: do not drain it
            }
            return bytes;
        } catch (IOException e) {
            Streams.abort(body);
            throw e;
        }
    }
}
