package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing stays on disk of a file that no route has taken. */
class UploadTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String FILE = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n";
    private static final String END = "\r\n--b--\r\n";

    @TempDir
    Path data;

    private RawUpstream silent;

    @BeforeEach
    void start() throws Exception {
        silent = new RawUpstream();
        silent.answers("");
    }

    @AfterEach
    void stop() throws Exception {
        silent.close();
    }

    @Test
    void aFileIsTakenAndItsPartIsGone() throws Exception {
        try (Node node = node(Map.of());
                Socket socket = upload(node, FILE + "{}" + END)) {
            assertThat(read(socket)).contains(" 200 ", "\"filename\":\"in.jsonl\"");
            assertThat(received()).filteredOn(name -> name.endsWith(".jsonl")).hasSize(1);
            awaitNoPart();
        }
    }

    @Test
    void ofAFileThatFindsNoPlaceNothingIsKept() throws Exception {
        try (Node node = node(Map.of("rest.max-waiting", "0"));
                Held held = hold(node);
                Socket socket = upload(node, FILE + "{}" + END)) {
            assertThat(read(socket)).contains(" 429 ");
            awaitNoPart();
        }
    }

    @Test
    void ofAFileWhoseClientLeavesBeforeItsTurnNothingIsKept() throws Exception {
        try (Node node = node(Map.of("rest.max-waiting", "2"));
                Held held = hold(node)) {
            try (Socket socket = upload(node, FILE + "{}" + END)) {
                await().atMost(LONG).until(() -> waiting(node) == 1);
                assertThat(received()).anyMatch(UploadTest::isPart);
            }
            awaitNoPart();
        }
    }

    @Test
    void ofHalfAFileNothingIsKept() throws Exception {
        try (Node node = node(Map.of())) {
            try (Socket socket = upload(node, 1000, FILE + "half")) {
                await().atMost(LONG).until(() -> received().stream().anyMatch(UploadTest::isPart));
            }
            awaitNoPart();
        }
    }

    @Test
    void ofAFileThatIsTooLargeNothingIsKept() throws Exception {
        try (Node node = node(Map.of("batch.max-file-bytes", "1000"));
                Socket socket = upload(node, FILE + "x".repeat(100_000) + END)) {
            assertThat(read(socket)).contains(" 413 ", "batch.max-file-bytes");
            awaitNoPart();
        }
    }

    @Test
    void whereNoRouteTakesFilesNoneIsReceived() throws Exception {
        try (Node node = node(Map.of("intakes", "websocket"));
                Socket socket = upload(node, FILE + "{}" + END)) {
            assertThat(read(socket)).contains(" 404 ");
            assertThat(data.resolve("batches/api")).doesNotExist();
        }
    }

    /** A request that has the only place, for as long as it is held. */
    private record Held(RawUpstream upstream, CompletableFuture<?> answer) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            upstream.close();
            answer.handle((done, failure) -> done).join();
        }
    }

    private Held hold(Node node) {
        CompletableFuture<HttpResponse<String>> answer = HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create(node.rest() + "/chat/completions"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(RestTest.chat("m", "x")))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        await().atMost(LONG).until(() -> silent.requests().size() == 1);
        return new Held(silent, answer);
    }

    private Node node(Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "intakes",
                "rest",
                "upstream.url",
                silent.url(),
                "throttle.max-concurrent",
                "1",
                "retry.max",
                "0",
                "camel.main.shutdown-timeout",
                "1"));
        all.putAll(settings);
        return Node.start(data, all);
    }

    private static Socket upload(Node node, String form) throws IOException {
        return upload(node, form.length(), form);
    }

    private static Socket upload(Node node, int length, String form) throws IOException {
        Socket socket = new Socket("127.0.0.1", URI.create(node.rest()).getPort());
        socket.setSoTimeout((int) LONG.toMillis());
        socket.getOutputStream()
                .write(("POST /v1/files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + length
                                + "\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n" + form)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String read(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static double waiting(Node node) throws Exception {
        return Http.metric(node.manage() + "/observe/metrics", "sluice_front_waiting");
    }

    private void awaitNoPart() {
        await().atMost(LONG).until(() -> received().stream().noneMatch(UploadTest::isPart));
    }

    private static boolean isPart(String name) {
        return name.endsWith(".part");
    }

    private List<String> received() throws IOException {
        Path folder = data.resolve("batches/api");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
