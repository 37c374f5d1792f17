package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.Cancellation;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client gets over a real socket. */
class HttpReplyTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Vertx vertx = Port.vertx();

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void aFileIsSentAsItIs() throws Exception {
        HttpResponse<String> answer = answer(Files.writeString(folder.resolve("there"), "content"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("content");
    }

    @Test
    void whoAsksForAFileThatIsGoneMeanwhileIsAnsweredToo() throws Exception {
        HttpResponse<String> answer = answer(folder.resolve("gone"));

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.body()).contains("\"code\":\"cannot_read\"");
    }

    private HttpResponse<String> answer(Path file) throws Exception {
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> new HttpReply(
                                request.response(), vertx.getOrCreateContext(), new Cancellation(), LONG)
                        .send("text/plain", file))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort()))
                .timeout(LONG)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
