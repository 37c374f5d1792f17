package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.Admit;
import dev.sluice.intake.Sender;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for whom, through the shipped routes. */
class FairnessTest {
    private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path data;

    @Test
    void anUrgentMessageWaitsForAFewOfManyLinesAlsoWhenTheyHaveAllTheirPlaces() throws Exception {
        Map<String, String> settings = Map.of("limit.requests-per-minute", "1200", "throttle.max-concurrent", "16");
        try (Node node = Node.start(data, settings);
                ProducerTemplate lines = node.camel().createProducerTemplate();
                ProducerTemplate urgent = node.camel().createProducerTemplate()) {
            List<CompletableFuture<Exchange>> batch = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                batch.add(lines.asyncSend("direct:pipeline", exchange -> message(exchange, "sandbox-echo", 1)));
            }
            await().until(() -> metric(node, "sluice_limiter_waiting") >= 10);

            for (int i = 0; i < 5; i++) {
                Exchange answered = urgent.request("direct:pipeline", exchange -> message(exchange, "sandbox-echo", 6));
                assertThat(answered.getException()).isNull();
                assertThat(answered.getMessage().getHeader(Admit.WAIT_HEADER, Long.class))
                        .as("a line waits for 16 slots of 50 ms; an urgent message for what is reserved ahead")
                        .isLessThan(700);
            }
            assertThat(batch.stream().filter(CompletableFuture::isDone).count()).isLessThan(160);
            assertThat(metric(node, "sluice_limiter_waiting")).isPositive();
        }
    }

    @Test
    void aModelWithALimitOfItsOwnDoesNotWaitForTheOthers() throws Exception {
        Map<String, String> settings = Map.of(
                "limit.requests-per-minute", "1",
                "limits.quick.match", "*:sandbox-ec*",
                "limits.quick.requests-per-minute", "60000");
        try (Node node = Node.start(data, settings);
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            for (int i = 0; i < 2; i++) {
                template.asyncSend("direct:pipeline", exchange -> message(exchange, "gpt-4o-mini", 4));
            }
            await().until(() -> metric(node, "sluice_limiter_waiting") == 1);

            for (int i = 0; i < 5; i++) {
                Exchange answered =
                        template.request("direct:pipeline", exchange -> message(exchange, "sandbox-echo", 4));
                assertThat(answered.getException()).isNull();
            }
            assertThat(metric(node, "sluice_limiter_requests_per_minute{limit=\"quick\"}"))
                    .isEqualTo(60_000);
            assertThat(metric(node, "sluice_limiter_requests_per_minute{limit=\"default\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    void anExpressionMakesALimitOfEachOfItsValues() throws Exception {
        Map<String, String> settings = Map.of(
                "limit.key", "${exchangeProperty.SluiceUpstream}:${exchangeProperty.SluiceModel}",
                "limit.requests-per-minute", "1");
        try (Node node = Node.start(data, settings);
                ProducerTemplate template = node.camel().createProducerTemplate()) {
            String upstream = URI.create(node.sandbox()).getAuthority();
            for (String model : List.of("sandbox-echo", "gpt-4o", "a model {of} the\\\"outside\\n")) {
                Exchange answered = template.request("direct:pipeline", exchange -> message(exchange, model, 4));
                assertThat(answered.getException()).isNull();
            }

            for (String key : List.of("sandbox-echo", "gpt-4o", "a_model__of__the_outside")) {
                assertThat(metric(node, "sluice_limiter_requests_per_minute{limit=\"%s:%s\"}".formatted(upstream, key)))
                        .isEqualTo(1);
            }
        }
    }

    private static void message(Exchange exchange, String model, int priority) {
        exchange.setProperty(Sender.PRIORITY, priority);
        exchange.getMessage().setBody(CHAT.formatted(model));
    }

    private static double metric(Node node, String name) throws Exception {
        return Http.metric(node.manage() + "/observe/metrics", name);
    }
}
