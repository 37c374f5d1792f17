package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.jms.JMSConsumer;
import jakarta.jms.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example that publishes the sentences of an answer, with the embedded broker and a listener of its own. */
class TopicExampleTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_MS = 30_000;

    @Test
    void sentencesReachTheTopicWhileTheAnswerComes(@TempDir Path data) throws Exception {
        Path routes = Files.createDirectories(data.resolve("routes"));
        try (Stream<Path> shipped = Files.list(Path.of("routes"))) {
            for (Path file : shipped.toList()) {
                Files.copy(file, routes.resolve(file.getFileName()));
            }
        }
        for (String example : List.of("topic-sentences.camel.yaml", "publish-sentence.camel.yaml")) {
            Files.copy(Path.of("examples/routes", example), routes.resolve(example));
        }
        Map<String, String> settings = Map.of(
                "intakes", "jms",
                "topic.schedule", "* * * * * ?",
                "topic.model", "sandbox-echo",
                "sandbox.chunk-delay-ms", "100");
        try (Node node = Node.start(routes, data, settings);
                Queues queues = Queues.of(node);
                JMSConsumer listener =
                        queues.context().createConsumer(queues.context().createTopic("chat.sentences"))) {
            List<Message> heard = wholeAnswer(listener);

            StringBuilder answer = new StringBuilder();
            for (Message piece : heard) {
                answer.append(
                        JSON.readTree(piece.getBody(String.class)).path("text").asText());
            }
            assertThat(answer).hasToString("Tell me a story of a lock keeper.");
            assertThat(kind(heard.get(heard.size() - 1))).isEqualTo("end");
        }
    }

    /** The pieces of the first answer that is heard from its beginning. */
    private static List<Message> wholeAnswer(JMSConsumer listener) throws Exception {
        while (true) {
            Message first = listener.receive(PATIENCE_MS);
            assertThat(first).isNotNull();
            if (first.getIntProperty("SluiceIndex") != 0) {
                continue; // it had begun
            }
            String request = first.getStringProperty("SluiceRequestId");
            List<Message> heard = new ArrayList<>(List.of(first));
            while (!kind(heard.get(heard.size() - 1)).equals("end")) {
                Message next = listener.receive(PATIENCE_MS);
                assertThat(next).isNotNull();
                if (next.getStringProperty("SluiceRequestId").equals(request)) {
                    heard.add(next);
                }
            }
            return heard;
        }
    }

    private static String kind(Message piece) throws Exception {
        return piece.getStringProperty("SluiceKind");
    }
}
