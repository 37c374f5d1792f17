package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAI's Batch API before any upstream, as the official SDK calls it. */
class BatchApiTest {
    private static final String KEY = "front-key-of-this-test";
    private static final String OTHER = "another-key-of-this-test";
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path data;

    private final Sandbox sandbox = Sandbox.start(
            SandboxConfig.defaults().withLatency(Duration.ofMillis(10)).withRecord(true));
    private Node node;
    private OpenAIClient client;

    @BeforeEach
    void start() throws Exception {
        start(Map.of());
    }

    private void start(Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "intakes",
                "rest,batch",
                "upstream.url",
                sandbox.url().toString(),
                "rest.api-keys",
                KEY + ";tenant=web;models=sandbox-*," + OTHER,
                "batch.max-concurrent",
                "8",
                "batch.files-at-once",
                "1",
                "batch.try-again",
                "1s"));
        settings.putAll(more);
        node = Node.start(data, settings);
        client = client(KEY);
    }

    private void restart(Map<String, String> more) throws Exception {
        client.close();
        node.close();
        start(more);
    }

    @AfterEach
    void stop() {
        node.close();
        sandbox.close();
    }

    @Test
    void aBatchIsUploadedRunAndItsFilesAreRead() throws Exception {
        FileObject file = upload(lines(50) + "not JSON\n");
        assertThat(file.purpose().asString()).isEqualTo("batch");
        assertThat(file.filename()).isEqualTo("in.jsonl");

        Batch batch = create(file.id());
        assertThat(batch.status().asString()).isIn("validating", "in_progress");
        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));

        Batch done = client.batches().retrieve(batch.id());
        assertThat(done.requestCounts().orElseThrow().total()).isEqualTo(51);
        assertThat(done.requestCounts().orElseThrow().completed()).isEqualTo(50);
        assertThat(done.requestCounts().orElseThrow().failed()).isEqualTo(1);
        assertThat(done.completedAt()).isPresent();
        assertThat(content(done.outputFileId().orElseThrow())).hasSize(50).allSatisfy(line -> assertThat(line)
                .contains("\"status_code\":200"));
        assertThat(content(done.errorFileId().orElseThrow()))
                .singleElement()
                .asString()
                .contains("invalid_json_line");
        assertThat(client.batches().list().items()).extracting(Batch::id).containsExactly(batch.id());
        assertThat(client.files().list().items()).hasSize(3);
        assertThatThrownBy(() -> client(OTHER).batches().retrieve(batch.id()))
                .as("of another key")
                .isInstanceOf(NotFoundException.class);
        assertThat(client.files().delete(file.id()).deleted()).isTrue();
        assertThatThrownBy(() -> client.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void aCancelledBatchKeepsWhatIsDone() throws Exception {
        Batch batch = create(upload(lines(3000)).id());
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 20);

        assertThat(client.batches().cancel(batch.id()).status().asString()).isIn("cancelling", "cancelled");

        await().atMost(SOON).until(() -> status(batch.id()).equals("cancelled"));
        Batch done = client.batches().retrieve(batch.id());
        assertThat(content(done.outputFileId().orElseThrow()))
                .hasSize((int) sandbox.stats().accepted());
        assertThat(done.requestCounts().orElseThrow().completed())
                .isEqualTo(sandbox.stats().accepted());
    }

    @Test
    void aBatchSurvivesARestart() throws Exception {
        Batch batch = create(upload(lines(300)).id());
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 20);
        client.close();
        node.close();
        assertThat(sandbox.stats().accepted()).isLessThan(300);

        start();

        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));
        Batch done = client.batches().retrieve(batch.id());
        assertThat(content(done.outputFileId().orElseThrow())).hasSize(300).doesNotHaveDuplicates();
        assertThat(sandbox.stats().accepted()).isEqualTo(300);
    }

    @Test
    void aBatchWhoseBudgetIsSpentSaysSoAndGoesOnWhenItIsRaised() throws Exception {
        restart(Map.of("batch.budget-tokens", "600"));
        Batch batch = create(upload(lines(300)).id());
        await().atMost(SOON)
                .until(() -> client.batches().retrieve(batch.id()).errors().isPresent());
        Batch paused = client.batches().retrieve(batch.id());
        assertThat(paused.status().asString()).isEqualTo("in_progress");
        assertThat(paused.errors().orElseThrow().data().orElseThrow())
                .singleElement()
                .satisfies(error -> assertThat(error.message().orElseThrow()).contains("budget has no room"));
        long before = sandbox.stats().accepted();
        assertThat(before).isBetween(1L, 299L);

        restart(Map.of("batch.budget-tokens", "1000000"));

        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));
        Batch done = client.batches().retrieve(batch.id());
        assertThat(done.errors()).isEmpty();
        assertThat(content(done.outputFileId().orElseThrow())).hasSize(300).doesNotHaveDuplicates();
        assertThat(sandbox.stats().accepted()).isEqualTo(300);
    }

    @Test
    void aBatchThatHasStoppedByItselfCanBeCancelledAndKeepsWhatIsDone() throws Exception {
        restart(Map.of("batch.budget-tokens", "600", "batch.try-again", "1h"));
        Batch batch = create(upload(lines(300)).id());
        await().atMost(SOON)
                .until(() -> client.batches().retrieve(batch.id()).errors().isPresent());

        client.batches().cancel(batch.id());

        await().atMost(SOON).until(() -> status(batch.id()).equals("cancelled"));
        Batch done = client.batches().retrieve(batch.id());
        assertThat(content(done.outputFileId().orElseThrow()))
                .hasSize((int) sandbox.stats().accepted());
    }

    @Test
    void aBatchThatCannotBeWrittenIsTriedAgain() throws Exception {
        Path state = data.resolve("batches").resolve("state");
        Files.deleteIfExists(state);
        Files.createFile(state); // instead of a folder
        Batch batch = create(upload(lines(5)).id());
        await().atMost(SOON)
                .until(() -> client.batches().retrieve(batch.id()).errors().isPresent());
        assertThat(status(batch.id())).isEqualTo("in_progress");
        assertThat(sandbox.stats().accepted())
                .as("no call without a place for its answer")
                .isZero();

        Files.delete(state);

        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));
        assertThat(sandbox.stats().accepted()).isEqualTo(5);
    }

    @Test
    void aBatchWhoseBeginningCannotBeNotedIsTriedAgain() throws Exception {
        Batch running = create(upload(lines(3000)).id());
        Batch waiting = create(upload(lines(5)).id());
        Path noRoom = noRoomFor(waiting.id());

        client.batches().cancel(running.id());
        await().atMost(SOON).until(() -> status(running.id()).equals("cancelled"));
        awaitTurn();
        assertThat(status(waiting.id())).isEqualTo("validating");
        Files.delete(noRoom);

        await().atMost(SOON).until(() -> status(waiting.id()).equals("completed"));
    }

    @Test
    void aBatchWhoseEndCannotBeNotedIsLookedAtAgainAndAsksForNoLineTwice() throws Exception {
        Batch batch = create(upload(lines(300)).id());
        await().atMost(SOON).until(() -> status(batch.id()).equals("in_progress"));
        Path noRoom = noRoomFor(batch.id());
        Path state = data.resolve("batches").resolve("state").resolve(batch.id() + ".status.json");
        await().atMost(SOON)
                .until(() -> Files.exists(state) && Files.readString(state).contains("\"completed\""));
        awaitTurn();
        assertThat(status(batch.id())).isEqualTo("in_progress");

        Files.delete(noRoom);

        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));
        Batch done = client.batches().retrieve(batch.id());
        assertThat(content(done.outputFileId().orElseThrow())).hasSize(300).doesNotHaveDuplicates();
        assertThat(sandbox.stats().accepted()).isEqualTo(300);
    }

    @Test
    void aBatchIsCancelledAsSoonAsThatCanBeNoted() throws Exception {
        Batch batch = create(upload(lines(3000)).id());
        await().atMost(SOON).until(() -> sandbox.stats().accepted() > 20);
        Path noRoom = noRoomFor(batch.id().replace("batch_", "file-").replaceFirst(".$", "0")); // its answers

        client.batches().cancel(batch.id());
        Path state = data.resolve("batches").resolve("state").resolve(batch.id() + ".status.json");
        await().atMost(SOON)
                .until(() -> Files.exists(state) && Files.readString(state).contains("\"cancelled\""));
        awaitTurn();
        assertThat(status(batch.id())).isEqualTo("cancelling");
        Files.delete(noRoom);

        await().atMost(SOON).until(() -> status(batch.id()).equals("cancelled"));
    }

    @Test
    void aBatchNeedsItsInputNoMoreOnceItIsCreated() throws Exception {
        Batch running = create(upload(lines(3000)).id());
        String input = upload(lines(5)).id();
        Batch waiting = create(input);

        assertThat(client.files().delete(input).deleted()).isTrue();
        assertThatThrownBy(() -> client.files().content(input)).isInstanceOf(NotFoundException.class);
        client.batches().cancel(running.id());

        await().atMost(SOON).until(() -> status(waiting.id()).equals("completed"));
        assertThat(client.batches()
                        .retrieve(waiting.id())
                        .requestCounts()
                        .orElseThrow()
                        .completed())
                .isEqualTo(5);
        assertThat(data.resolve("batches").resolve("api").resolve(input + ".jsonl"))
                .doesNotExist();
    }

    @Test
    void whatAKillHasLeftIsRemovedAtTheNextStart() throws Exception {
        String input = upload(lines(3)).id();
        Batch batch = create(input);
        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));
        String output = client.batches().retrieve(batch.id()).outputFileId().orElseThrow();
        client.files().delete(input);
        String kept = upload(lines(5)).id();
        Path api = data.resolve("batches").resolve("api");
        client.close();
        node.close();
        List<Path> left = List.of(
                Files.writeString(api.resolve("upload-r1.part"), "half a fi"),
                Files.writeString(api.resolve(output + ".jsonl.ledger"), "of a batch that has ended"),
                Files.writeString(api.resolve(input + ".jsonl"), lines(3)));

        start();

        await().atMost(SOON).untilAsserted(() -> assertThat(left)
                .allSatisfy(file -> assertThat(file).doesNotExist()));
        assertThat(content(output)).hasSize(3);
        assertThat(content(kept)).hasSize(5);
    }

    @Test
    void filesOfTheInboxDoNotWaitForTheBatchesOfClients() throws Exception {
        Batch batch = create(upload(lines(3000)).id());
        Path inbox = data.resolve("batches").resolve("inbox");
        Files.move(Files.writeString(inbox.resolve("in.part"), lines(3)), inbox.resolve("in.jsonl"));

        await().atMost(SOON).until(() -> Files.exists(data.resolve("batches/done/in.jsonl")));

        assertThat(status(batch.id())).isEqualTo("in_progress");
        client.batches().cancel(batch.id());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /v1/embeddings       | "input":"a"          | "object":"embedding"
            /v1/completions      | "prompt":"a"         | "object":"text_completion"
            /v1/responses        | "input":"a"          | "object":"response"
            /v1/chat/completions | "messages":[{"role":"user","content":"a"}] | "object":"chat.completion"
            """)
    void everyEndpointIsBatchedForItsCallerAndNoOther(String endpoint, String prompt, String answer) throws Exception {
        String other = endpoint.equals("/v1/embeddings") ? "/v1/responses" : "/v1/embeddings";
        Batch batch = create(
                upload(line("good", endpoint, "sandbox-echo", prompt)
                                + line("elsewhere", other, "sandbox-echo", prompt)
                                + line("dear", endpoint, "gpt-4o", prompt))
                        .id(),
                endpoint);
        await().atMost(SOON).until(() -> status(batch.id()).equals("completed"));

        Batch done = client.batches().retrieve(batch.id());
        assertThat(content(done.outputFileId().orElseThrow()))
                .singleElement()
                .asString()
                .contains("\"custom_id\":\"good\"", answer);
        assertThat(content(done.errorFileId().orElseThrow()))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("elsewhere", "invalid_url"))
                .anySatisfy(line -> assertThat(line).contains("dear", "model_not_allowed"));
    }

    @Test
    void noMoreBatchesRunAtOnceThanMay() throws Exception {
        String file = upload(lines(3000)).id();
        Batch first = create(file);
        Batch second = create(file);
        Batch third = create(file);
        await().atMost(SOON).until(() -> status(first.id()).equals("in_progress"));
        assertThat(status(second.id())).isEqualTo("validating");

        assertThat(client.batches().cancel(second.id()).status().asString()).isIn("cancelling", "cancelled");
        await().atMost(SOON).until(() -> status(second.id()).equals("cancelled"));
        assertThat(status(third.id())).isEqualTo("validating");
        client.batches().cancel(first.id());
        await().atMost(SOON).until(() -> status(third.id()).equals("in_progress"));
    }

    /** As on a full disk, an object cannot be written until what is returned is deleted. */
    private Path noRoomFor(String object) throws IOException {
        return Files.createDirectory(data.resolve("batches").resolve("api").resolve(object + ".json.part"));
    }

    /** Until the server has done what the end of a batch asks for: it does one thing at a time. */
    private void awaitTurn() throws IOException {
        client.files().delete(upload("").id());
    }

    private FileObject upload(String content) throws IOException {
        Path file = Files.writeString(data.resolve("in.jsonl"), content);
        return client.files()
                .create(FileCreateParams.builder()
                        .file(file)
                        .purpose(FilePurpose.BATCH)
                        .build());
    }

    private Batch create(String fileId) {
        return create(fileId, "/v1/chat/completions");
    }

    private Batch create(String fileId, String endpoint) {
        return client.batches()
                .create(BatchCreateParams.builder()
                        .inputFileId(fileId)
                        .endpoint(BatchCreateParams.Endpoint.of(endpoint))
                        .completionWindow(BatchCreateParams.CompletionWindow._24H)
                        .build());
    }

    private String status(String batchId) {
        return client.batches().retrieve(batchId).status().asString();
    }

    private List<String> content(String fileId) throws IOException {
        try (HttpResponse response = client.files().content(fileId)) {
            return new String(response.body().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(node.rest())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static String line(String id, String url, String model, String prompt) {
        return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":{\"model\":\"%s\",%s}}\n"
                .formatted(id, url, model, prompt);
    }

    private static String lines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ("{\"custom_id\":\"r%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                                + "\"body\":{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"q%1$d\"}]}}\n")
                        .formatted(i))
                .collect(Collectors.joining());
    }
}
