package dev.sluice.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls a sandbox over real sockets, as a client would. */
final class Caller {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI base;

    Caller(Sandbox sandbox) {
        base = sandbox.url();
    }

    static ObjectNode chat(String model, String prompt) {
        ObjectNode body = JSON.createObjectNode().put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    HttpResponse<String> post(Object body) {
        return await(postAsync(body));
    }

    CompletableFuture<HttpResponse<String>> postAsync(Object body) {
        return sendAsync(chatRequest(body).build());
    }

    HttpResponse<String> send(String method, String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return await(sendAsync(request.build()));
    }

    HttpRequest.Builder chatRequest(Object body) {
        return HttpRequest.newBuilder(URI.create(base + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }

    CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Sends the call on a socket of its own, for what an HTTP client would hide. */
    Socket open(ObjectNode body) {
        try {
            Socket socket = new Socket(base.getHost(), base.getPort());
            socket.setSoTimeout(10_000);
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: sandbox\r\nContent-Length: " + bytes.length
                    + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(bytes);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything until the server closes the connection. */
    String readToTheEnd(ObjectNode body) throws IOException {
        try (Socket socket = open(body)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What comes until the text appears. */
    static String readUntil(InputStream in, String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after: " + seen);
            }
            seen.append((char) next);
        }
        return seen.toString();
    }

    static JsonNode json(HttpResponse<String> response) {
        return json(response.body());
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode error(HttpResponse<String> response) {
        return json(response).path("error");
    }

    /** The payloads of a stream, which has nothing but data lines and blank ones. */
    static List<String> data(String stream) {
        return stream.lines()
                .filter(line -> !line.isEmpty())
                .map(line -> line.substring("data: ".length()))
                .toList();
    }

    /** The chunks of a complete stream. */
    static List<JsonNode> chunks(HttpResponse<String> response) {
        List<String> data = data(response.body());
        if (!data.get(data.size() - 1).equals("[DONE]")) {
            throw new AssertionError("no [DONE] at the end of " + data);
        }
        return data.subList(0, data.size() - 1).stream().map(Caller::json).toList();
    }

    /** The content of one choice, joined. */
    static String content(List<JsonNode> chunks, int choice) {
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            JsonNode first = chunk.path("choices").path(0);
            if (first.path("index").asInt(-1) == choice) {
                text.append(first.path("delta").path("content").asText(""));
            }
        }
        return text.toString();
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
