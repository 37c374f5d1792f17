package dev.sluice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;

/** One WebSocket to the front, and all that came over it. */
final class SocketClient implements WebSocket.Listener {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<JsonNode> messages = new ArrayList<>();
    private final StringBuilder part = new StringBuilder();
    private final WebSocket socket;
    private boolean reading = true;

    /** @param url base URL of the front */
    SocketClient(String url) {
        this(HttpClient.newHttpClient().newWebSocketBuilder(), url);
    }

    SocketClient(WebSocket.Builder builder, String url) {
        socket = builder.buildAsync(URI.create(url.replaceFirst("http", "ws") + "/chat"), this)
                .join();
    }

    static String request(String id, String model, String prompt, boolean stream) {
        String body = RestTest.chat(model, prompt).replaceFirst("\\{", "{\"stream\":" + stream + ",");
        return "{\"id\":\"%s\",\"body\":%s}".formatted(id, body);
    }

    void say(String text) {
        socket.sendText(text, true).join();
    }

    void cancel(String id) {
        say("{\"type\":\"cancel\",\"id\":\"%s\"}".formatted(id));
    }

    void resume(String id, String requestId, int from) {
        say("{\"type\":\"resume\",\"id\":\"%s\",\"requestId\":\"%s\",\"from\":%d}".formatted(id, requestId, from));
    }

    /** Takes in nothing from now on, but for one message more. */
    synchronized void stopReading() {
        reading = false;
    }

    synchronized void readOn() {
        reading = true;
        socket.request(1);
    }

    /** What has come. */
    List<JsonNode> messages() {
        synchronized (messages) {
            return List.copyOf(messages);
        }
    }

    /** What has come of an answer. */
    List<JsonNode> of(String id) {
        return messages().stream()
                .filter(message -> message.path("id").asText().equals(id) && message.has("index"))
                .toList();
    }

    String text(String id) {
        StringBuilder text = new StringBuilder();
        of(id).forEach(message ->
                text.append(message.at("/chunk/choices/0/delta/content").asText("")));
        return text.toString();
    }

    /** The message of this kind, when it is there. */
    JsonNode await(String id, String kind) {
        return Awaitility.await()
                .atMost(FrontNode.LONG)
                .until(
                        () -> messages().stream()
                                .filter(message -> message.path("id").asText().equals(id)
                                        && message.path("kind").asText().equals(kind))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    void abort() {
        socket.abort();
    }

    void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        part.append(data);
        if (last) {
            try {
                JsonNode message = JSON.readTree(part.toString());
                synchronized (messages) {
                    messages.add(message);
                }
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
            part.setLength(0);
        }
        synchronized (this) {
            if (reading) {
                from.request(1);
            }
        }
        return null;
    }
}
