package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many messages a node has in hand at once. */
class ThrottleTest {
    private static final String ANSWER = "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}";
    private static final Duration LONGER_THAN_CAMEL_REMEMBERS = Duration.ofSeconds(12);

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path data;

    @Test
    void aPlaceIsTakenAsLongAsItsMessageIsInHand() throws Exception {
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(Path.of("routes"), upstream);
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            upstream.answers("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n%s"
                    .formatted(ANSWER.length(), ANSWER));
            template.requestBody("direct:pipeline", "one that ends, and gives its place back");
            upstream.answers(""); // it does not answer any more
            template.asyncSendBody("direct:pipeline", "one that takes the only place, for long");
            await().until(() -> upstream.requests().size() == 1);

            await().during(LONGER_THAN_CAMEL_REMEMBERS)
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        template.asyncSendBody("direct:pipeline", "one more");
                        return upstream.requests().size() == 1;
                    });
            upstream.close();
        }
    }

    @Test
    void aMessageMayGoThroughThePipelineMoreThanOnce() throws Exception {
        Path routes = Files.createDirectories(data.resolve("routes"));
        for (Path file : Tree.files(Path.of("routes"))) {
            Files.copy(file, routes.resolve(file.getFileName()));
        }
        Files.writeString(routes.resolve("own.camel.yaml"), """
                - route:
                    id: draft-and-edit
                    from:
                      uri: direct
                      parameters:
                        name: draft-and-edit
                      steps:
                        - to:
                            uri: direct
                            parameters:
                              name: pipeline
                        - setBody:
                            expression:
                              constant:
                                expression: Edit it.
                        - to:
                            uri: direct
                            parameters:
                              name: pipeline
                """);
        try (RawUpstream upstream = new RawUpstream();
                Node node = node(routes, upstream);
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            upstream.answers("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n%s"
                    .formatted(ANSWER.length(), ANSWER));

            assertThat(template.requestBody("direct:draft-and-edit", "Draft it.", String.class))
                    .isEqualTo(ANSWER);
            assertThat(template.requestBody("direct:draft-and-edit", "Another.", String.class))
                    .isEqualTo(ANSWER);
            assertThat(upstream.requests()).hasSize(4);
        }
    }

    private Node node(Path routes, RawUpstream upstream) throws Exception {
        return Node.start(
                routes, data, Map.of("upstream.url", upstream.url(), "throttle.max-concurrent", "1", "retry.max", "0"));
    }
}
