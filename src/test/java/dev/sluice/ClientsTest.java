package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that know nothing of Sluice, pointed at the front: the official SDK for Java, and LangChain4j. */
class ClientsTest {
    private static final String KEY = "the-key-of-these-clients";

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private static FrontNode front;
    private static OpenAIClient openai;

    @BeforeAll
    static void start() throws Exception {
        front = new FrontNode(data, Map.of("rest.api-keys", KEY));
        openai = openai(KEY);
    }

    @AfterAll
    static void stop() {
        openai.close();
        front.close();
    }

    @Test
    void theOfficialSdkAsksAndListsAndEmbeds() {
        assertThat(openai.chat()
                        .completions()
                        .create(chat("sandbox-echo", "hello"))
                        .choices()
                        .get(0)
                        .message()
                        .content())
                .hasValue("hello");
        assertThat(openai.models().list().data()).anyMatch(model -> model.id().equals("sandbox-echo"));
        assertThat(openai.embeddings()
                        .create(EmbeddingCreateParams.builder()
                                .model("any")
                                .input("hello")
                                .build())
                        .data()
                        .get(0)
                        .embedding())
                .hasSize(8);
        assertThat(openai.responses()
                        .create(response())
                        .output()
                        .get(0)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text())
                .isEqualTo("hello there");
    }

    @Test
    void theOfficialSdkStreams() {
        try (StreamResponse<ChatCompletionChunk> stream =
                openai.chat().completions().createStreaming(chat("sandbox-echo", "one two three"))) {
            assertThat(stream.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .flatMap(choice -> choice.delta().content().stream())
                            .collect(Collectors.joining()))
                    .isEqualTo("one two three");
        }
        try (StreamResponse<ResponseStreamEvent> stream = openai.responses().createStreaming(response())) {
            assertThat(stream.stream()
                            .flatMap(event -> event.outputTextDelta().stream())
                            .map(delta -> delta.delta())
                            .collect(Collectors.joining()))
                    .isEqualTo("hello there");
        }
    }

    @Test
    void theOfficialSdkUnderstandsTheErrors() {
        BadRequestException tooLong = catchThrowableOfType(
                BadRequestException.class, () -> openai.chat().completions().create(chat("sandbox-400", "x")));
        assertThat(tooLong.code()).hasValue("context_length_exceeded");
        assertThatThrownBy(() -> openai.chat().completions().create(chat("sandbox-quota", "x")))
                .isInstanceOf(RateLimitException.class);
        OpenAIClient stranger = openai("no-key-of-these-clients");
        assertThatThrownBy(() -> stranger.chat().completions().create(chat("sandbox-echo", "x")))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThatThrownBy(() -> {
                    try (StreamResponse<ChatCompletionChunk> stream =
                            openai.chat().completions().createStreaming(chat("sandbox-cut", "one two three four"))) {
                        stream.stream().forEach(chunk -> {});
                    }
                })
                .isNotNull();
    }

    @Test
    void aStreamThatTheOfficialSdkAbandonsEndsItsCall() {
        long aborted = front.sandbox().stats().aborted();
        front.sandbox().configure(FrontNode.QUICK.withChunkDelay(Duration.ofSeconds(1)));
        try (StreamResponse<ChatCompletionChunk> stream =
                openai.chat().completions().createStreaming(chat("sandbox-long", "x"))) {
            assertThat(stream.stream().findFirst()).isPresent();
        } finally {
            front.sandbox().configure(FrontNode.QUICK);
        }

        await().atMost(FrontNode.LONG)
                .until(() -> front.sandbox().stats().inFlight() == 0
                        && front.sandbox().stats().aborted() > aborted);
    }

    @Test
    void langChainAsksAndStreams() throws Exception {
        OpenAiChatModel model = OpenAiChatModel.builder()
                .baseUrl(front.url())
                .apiKey(KEY)
                .modelName("sandbox-echo")
                .maxRetries(0)
                .build();
        assertThat(model.chat("hello")).isEqualTo("hello");

        StringBuffer pieces = new StringBuffer();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder()
                .baseUrl(front.url())
                .apiKey(KEY)
                .modelName("sandbox-echo")
                .build()
                .chat("one two three", new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        whole.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        whole.completeExceptionally(error);
                    }
                });
        assertThat(whole.get(60, java.util.concurrent.TimeUnit.SECONDS)
                        .aiMessage()
                        .text())
                .isEqualTo("one two three");
        assertThat(pieces).hasToString("one two three");
    }

    private static OpenAIClient openai(String key) {
        return OpenAIOkHttpClient.builder()
                .apiKey(key)
                .baseUrl(front.url())
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams chat(String model, String prompt) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage(prompt)
                .build();
    }

    private static ResponseCreateParams response() {
        return ResponseCreateParams.builder()
                .model("sandbox-echo")
                .input("hello there")
                .build();
    }
}
