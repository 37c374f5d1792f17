package dev.sluice.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.handlers.SseHandler;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.SseMessage;
import com.openai.core.http.StreamResponse;
import dev.sluice.call.SseReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import okhttp3.internal.sse.ServerSentEventReader;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Readers of server-sent events on the same bytes in memory: chunks of a chat completion, one a token. An operation is
 * {@value #BYTES} bytes, so operations a second are megabytes a second. What is in an event is not parsed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SseParsing {
    static final int BYTES = 1_000_000;

    private static final String EVENT =
            "data: {\"id\":\"chatcmpl-9x\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o-mini\","
                    + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";

    private final byte[] stream = EVENT.repeat(BYTES / EVENT.length()).getBytes(StandardCharsets.UTF_8);
    private final HttpResponse.Handler<StreamResponse<SseMessage>> openAi = openAiHandler();

    @Benchmark
    public void sluice(Blackhole events) throws IOException {
        SseReader reader = new SseReader(new ByteArrayInputStream(stream), 1 << 24);
        for (SseReader.Event event = reader.next(); event != null; event = reader.next()) {
            events.consume(event);
        }
    }

    @Benchmark
    public void openAi(Blackhole events) {
        try (StreamResponse<SseMessage> response = openAi.handle(new Response(stream))) {
            response.stream().forEach(events::consume);
        }
    }

    @Benchmark
    public void okHttp(Blackhole events) throws IOException {
        ServerSentEventReader reader = new ServerSentEventReader(
                Okio.buffer(Okio.source(new ByteArrayInputStream(stream))), new ServerSentEventReader.Callback() {
                    @Override
                    public void onEvent(@Nullable String id, @Nullable String type, String data) {
                        events.consume(data);
                    }

                    @Override
                    public void onRetryChange(long timeMs) {}
                });
        while (reader.processNextEvent()) {}
    }

    /** Public, but for Kotlin only. */
    @SuppressWarnings("unchecked")
    private static HttpResponse.Handler<StreamResponse<SseMessage>> openAiHandler() {
        try {
            return (HttpResponse.Handler<StreamResponse<SseMessage>>) SseHandler.class
                    .getMethod("sseHandler", JsonMapper.class)
                    .invoke(null, JsonMapper.builder().build());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Response(
            @SuppressWarnings("ArrayRecordComponent") byte[] bytes) implements HttpResponse {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public Headers headers() {
            return Headers.builder().build();
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public void close() {}
    }
}
